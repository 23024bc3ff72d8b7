/** Whether the Huffman code of a JPEG picture is as long as its values, to the last bit. Codecs go on over damage and draw
 *  something; but behind a wrong bit the code is read out of step, and hardly ever ends where it should. */

interface Scan {
  readonly isLossless: boolean;
  /** Values of a lossless picture, blocks of 8 x 8 of another. */
  readonly units: number;
  /** Units between two marks where the code begins anew; 0: none. */
  readonly interval: number;
  /** For lossless pictures one table, for the others that of the first value of a block and that of the rest. */
  readonly tables: readonly [Uint16Array, Uint16Array];
  readonly start: number;
}

/** Filling bytes behind the last value. */
const mostPadding = 64;

/** @param bytes a JPEG stream (ISO 10918-1)
 *  @returns true also where it is of a kind that is not looked into: progressive, several components, JPEG-LS */
export function holdsItsValues(bytes: Uint8Array): boolean {
  const scan = scanOf(bytes);
  if (scan === 'other') return true;
  const parts = scan && partsOf(bytes, scan.start);
  if (!parts) return false;
  const { units, interval } = scan;
  if (parts.length !== (interval > 0 ? Math.ceil(units / interval) : 1)) return false;
  return parts.every((part, i) => {
    const count = interval > 0 ? Math.min(interval, units - i * interval) : units;
    const bits = scan.isLossless ? bitsOfValues(part, count, scan.tables[0]) : bitsOfBlocks(part, count, scan.tables);
    const end = Math.ceil(bits / 8);
    const padding = part.subarray(end, -spare);
    return end <= part.length - spare && padding.length <= mostPadding && padding.every((b) => b === 0 || b === 0xff);
  });
}

/** Up to the coded values. @returns null where the segments before them make no sense */
function scanOf(bytes: Uint8Array): Scan | 'other' | null {
  const uint16 = (at: number) => (bytes[at] << 8) | bytes[at + 1];
  const tables = new Map<number, Uint16Array>();
  let frame: Pick<Scan, 'isLossless' | 'units'> | null = null;
  let interval = 0;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    const end = at + 2 + uint16(at + 2);
    if (marker === 0xc4) readTables(bytes.subarray(at + 4, end), tables);
    else if (marker === 0xdd) interval = uint16(at + 4);
    else if (marker === 0xda) {
      const [first, rest] = [tables.get(bytes[at + 6] >> 4), tables.get(0x10 | (bytes[at + 6] & 15))];
      if (!frame || !first || !(rest || frame.isLossless)) return null;
      // Seven ways to foretell a value; by none of them there is nothing to be the difference from.
      const foretold = bytes[at + 7];
      if (frame.isLossless && (foretold < 1 || foretold > 7)) return null;
      return { ...frame, interval, tables: [first, rest ?? first], start: end };
    } else if ((marker >= 0xc0 && marker <= 0xcf) || marker === 0xf7) {
      const isLossless = marker === 0xc3;
      const isLookedInto = (isLossless || marker === 0xc0 || marker === 0xc1) && bytes[at + 9] === 1;
      if (!isLookedInto) return 'other';
      const [rows, columns] = [uint16(at + 5), uint16(at + 7)];
      frame = { isLossless, units: isLossless ? rows * columns : Math.ceil(rows / 8) * Math.ceil(columns / 8) };
    }
    at = end;
  }
  return null;
}

/** Tables by class and number, as looked up by the next 16 bits: length of the code, then what it stands for; 0 for bits
 *  that stand for nothing. */
function readTables(segment: Uint8Array, tables: Map<number, Uint16Array>): void {
  for (let at = 0; at + 17 <= segment.length;) {
    const table = new Uint16Array(1 << 16);
    let [symbol, code] = [at + 17, 0];
    for (let length = 1; length <= 16; length++) {
      for (let i = 0; i < segment[at + length]; i++, symbol++) {
        const from = code++ << (16 - length);
        table.fill((length << 8) | segment[symbol], from, from + (1 << (16 - length)));
      }
      code <<= 1;
    }
    tables.set(segment[at], table);
    at = symbol;
  }
}

/** Bytes behind the end, so that 16 bits can be looked at wherever the code ends. */
const spare = 3;

/** The coded bytes between marks where the code begins anew, stuffing taken out, each with some to spare.
 *  @returns null where another mark stands than that of the picture's end */
function partsOf(bytes: Uint8Array, start: number): Uint8Array[] | null {
  const parts: Uint8Array[] = [];
  const plain = new Uint8Array(bytes.length - start + spare);
  let [from, to] = [0, 0];
  for (let at = start; at < bytes.length; at++) {
    const isMark = bytes[at] === 0xff && bytes[at + 1] !== 0;
    if (!isMark) {
      plain[to++] = bytes[at];
      if (bytes[at] === 0xff) at++;
      continue;
    }
    const mark = bytes[at + 1];
    if (mark === 0xff) continue;
    parts.push(plain.slice(from, to + spare));
    if (mark === 0xd9) return parts;
    if (mark < 0xd0 || mark > 0xd7) return null;
    from = to;
    at++;
  }
  return null;
}

const next16 = (bytes: Uint8Array, bit: number) => {
  const at = bit >> 3;
  return (((bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2]) >> (8 - (bit & 7))) & 0xffff;
};

/** @returns how long the code of so many differences is; infinity where it is none, or longer than the bytes */
function bitsOfValues(bytes: Uint8Array, count: number, table: Uint16Array): number {
  let bit = 0;
  const end = 8 * bytes.length;
  for (let i = 0; i < count; i++) {
    const entry = table[next16(bytes, bit)];
    const bits = entry & 255;
    if (entry === 0 || bits > 16 || bit > end) return Infinity;
    // A difference of 16 bits is one alone.
    bit += (entry >> 8) + (bits === 16 ? 0 : bits);
  }
  return bit;
}

function bitsOfBlocks(bytes: Uint8Array, count: number, [first, rest]: Scan['tables']): number {
  let bit = 0;
  const end = 8 * bytes.length;
  for (let block = 0; block < count; block++) {
    const entry = first[next16(bytes, bit)];
    if (entry === 0 || (entry & 255) > 15) return Infinity;
    bit += (entry >> 8) + (entry & 255);
    for (let k = 1; k < 64; k++) {
      const entry = rest[next16(bytes, bit)];
      if (entry === 0 || bit > end) return Infinity;
      const [zeros, bits] = [(entry >> 4) & 15, entry & 15];
      bit += (entry >> 8) + bits;
      if (bits === 0 && zeros < 15) break;
      k += zeros;
      if (k > 63) return Infinity;
    }
  }
  return bit;
}
