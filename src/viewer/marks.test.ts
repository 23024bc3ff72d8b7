import { expect, test } from 'vitest';
import { readingDirection, type Volume } from '../volume/grid.ts';
import { grabbed, including, isMeant, labelOf, measured, measureRegion, redone, undone, withMarks } from './marks.ts';

/** Each number says where it is: z hundreds, y tens, x ones. */
const volume: Volume = {
  grid: { shape: [3, 4, 5], spacingMm: [5, 2, 1], originMm: [0, 0, 0], direction: readingDirection },
  hu: Int16Array.from({ length: 60 }, (_, at) => 100 * Math.floor(at / 20) + 10 * (Math.floor(at / 5) % 4) + (at % 5)),
};

test('a ruler is as long as the patient is, not the matrix', () => {
  const ruler = measured(volume, { id: 'a', kind: 'ruler', plane: 'axial', index: 0 }, [
    [0, 0],
    [3, 4],
  ]);
  expect(ruler.lengthMm).toBe(5);
  expect(labelOf(ruler)).toEqual(['5.0 mm']);
});

test('a region counts the voxels whose centres it holds, whichever corner came first', () => {
  const corners = [
    [1, 2],
    [2.9, 4],
  ] as const;
  // Columns 1 and 2, rows 1 and 2 of slice 1: 111, 112, 121, 122.
  const region = measureRegion(volume, 'axial', 1, corners)!;
  expect(region).toMatchObject({ voxels: 4, areaMm2: 8, meanHu: 116.5, minHu: 111, maxHu: 122 });
  expect(region.sdHu).toBeCloseTo(Math.sqrt(25.25), 10);
  expect(measureRegion(volume, 'axial', 1, [corners[1], corners[0]])).toEqual(region);
});

test('on a coronal cut the first row is the one nearest the head', () => {
  const region = measureRegion(volume, 'coronal', 3, [
    [0, 0],
    [0, 0],
  ]);
  expect(region).toMatchObject({ voxels: 1, areaMm2: 5, meanHu: 230, sdHu: 0 });
});

test('what lies beside the image is not measured, and a slip of the hand leaves no mark', () => {
  expect(
    measureRegion(volume, 'axial', 0, [
      [-9, -9],
      [-1, -1],
    ]),
  ).toBeNull();
  const slip = measured(volume, { id: 'a', kind: 'ruler', plane: 'axial', index: 0 }, [
    [1, 1],
    [1.2, 1],
  ]);
  expect(isMeant(slip)).toBe(false);
});

test('drawing and deleting can be taken back and done again; a new step forgets what was taken back', () => {
  const mark = (id: string) =>
    measured(volume, { id, kind: 'ruler', plane: 'axial', index: 0 }, [
      [0, 0],
      [3, 4],
    ]);
  const ids = ({ marks }: { marks: readonly { id: string }[] }) => marks.map(({ id }) => id).join('');
  const none = { marks: [], marksBefore: [], marksAfter: [] };
  const a = withMarks(none, [mark('a')]);
  const ab = withMarks(a, [...a.marks, mark('b')]);
  const b = withMarks(ab, [ab.marks[1]]);
  expect([undone(b), undone(undone(b)), undone(undone(undone(undone(b))))].map(ids)).toEqual(['ab', 'a', '']);
  expect(ids(redone(undone(b)))).toBe('b');
  expect(ids(redone(withMarks(undone(b), [])))).toBe('');
});

test('a mark is taken by the end or corner nearest the hand, on its own slice only', () => {
  const ends = [
    [0, 0],
    [30, 40],
  ] as const;
  const ruler = measured(volume, { id: 'r', kind: 'ruler', plane: 'axial', index: 0 }, ends);
  const region = measured(volume, { id: 'q', kind: 'region', plane: 'axial', index: 0 }, ends);
  const here = { plane: 'axial', index: 0 } as const;
  expect(grabbed([ruler], here, [1, 1], 2)!.ends).toEqual([ends[1], ends[0]]);
  expect(grabbed([region], here, [31, 0], 2)!.ends).toEqual([
    [0, 40],
    [30, 0],
  ]);
  expect(grabbed([ruler], here, [30, 0], 2)).toBeNull();
  expect(grabbed([ruler], { plane: 'axial', index: 1 }, [1, 1], 2)).toBeNull();
  expect(including([ruler, region], { ...ruler, lengthMm: 7 }).map(({ id }) => id)).toEqual(['q', 'r']);
});
