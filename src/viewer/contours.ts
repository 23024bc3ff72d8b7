/** The border of a set of pixels, along the pixels' own edges: nothing is smoothed and nothing guessed. */
import type { Cut } from './planes.ts';

/** Closed lines of corner coordinates, [column, row, column, row, …]; the corner left and above pixel
 *  (row, column) is (column, row). The set lies to the right of the line as one walks it, so holes run the
 *  other way. */
export type Contours = readonly (readonly number[])[];

/** Steps east, south, west and north, in turning order. */
const eastward = [1, 0, -1, 0] as const;
const southward = [0, 1, 0, -1] as const;

/** @param inside whether the voxel at this place of the volume belongs to the set
 *  @returns lines of the cut; pixels that touch at a corner only are drawn apart */
export function traceContours(cut: Cut, inside: (at: number) => boolean): Contours {
  const { rows, columns } = cut;
  const set = new Uint8Array((rows + 2) * (columns + 2));
  const width = columns + 2;
  let any = false;
  for (let row = 0; row < rows; row++) {
    let at = cut.start + row * cut.rowStep;
    for (let column = 0; column < columns; column++, at += cut.columnStep) {
      if (inside(at)) {
        set[(row + 1) * width + column + 1] = 1;
        any = true;
      }
    }
  }
  return any ? traceSet(set, width) : [];
}

/** Walks each border once. An eastward edge has the set below it, and every closed line has at least one,
 *  so the eastward edges alone are enough to find where to start and what was walked. */
function traceSet(set: Uint8Array, width: number): Contours {
  const lines: number[][] = [];
  const walked = new Uint8Array(set.length);
  for (let at = width; at < set.length; at++) {
    if (set[at] && !set[at - width] && !walked[at]) lines.push(walk(set, width, at, walked));
  }
  return lines;
}

function walk(set: Uint8Array, width: number, start: number, walked: Uint8Array): number[] {
  const line: number[] = [];
  // The corner left and above pixel `start`; pixels carry a border of one, corners do not.
  let column = (start % width) - 1;
  let row = Math.floor(start / width) - 1;
  const [startColumn, startRow] = [column, row];
  let heading = 0;
  do {
    line.push(column, row);
    // Straight on until the border turns.
    for (;;) {
      if (heading === 0) walked[(row + 1) * width + column + 1] = 1;
      column += eastward[heading];
      row += southward[heading];
      const turn = turnAt(set, width, row, column, heading);
      if (turn !== 0) {
        heading = (heading + turn + 4) % 4;
        break;
      }
    }
  } while (column !== startColumn || row !== startRow || heading !== 0);
  return line;
}

/** +1 right, -1 left, 0 straight on, with the set on the right hand. Where two pixels meet at a corner the
 *  line turns right, so that they stay apart. */
function turnAt(set: Uint8Array, width: number, row: number, column: number, heading: number): number {
  const pixel = (dx: number, dy: number) => set[(row + dy + 1) * width + column + dx + 1];
  // The four pixels round this corner, as seen when heading east: ahead right is below and to the east.
  const aheadRight = [pixel(0, 0), pixel(-1, 0), pixel(-1, -1), pixel(0, -1)][heading];
  const aheadLeft = [pixel(0, -1), pixel(0, 0), pixel(-1, 0), pixel(-1, -1)][heading];
  if (!aheadRight) return 1;
  return aheadLeft ? -1 : 0;
}
