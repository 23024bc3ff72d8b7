/** Damage to files, for tests: what a bad disk, a broken transfer or a hand that means harm does to bytes, as plain data so
 *  that a counterexample can be read and kept; and what reading the result costs. */
import fc from 'fast-check';

export type Bytes = Uint8Array<ArrayBuffer>;

/** Where in a file: a whole number counts from its start, a negative one from its end, a broken one is a part of it. */
type Place = number;

export type Damage =
  | { readonly kind: 'set'; readonly at: Place; readonly values: readonly number[] }
  /** A length or count, in 2, 4 or 8 bytes. */
  | {
      readonly kind: 'number';
      readonly at: Place;
      readonly bytes: 2 | 4 | 8;
      readonly value: number;
      readonly big: boolean;
    }
  /** The first number in letters from there on. */
  | { readonly kind: 'digits'; readonly at: Place; readonly text: string }
  | { readonly kind: 'cut'; readonly at: Place }
  | { readonly kind: 'insert'; readonly at: Place; readonly values: readonly number[] }
  | { readonly kind: 'remove'; readonly at: Place; readonly count: number }
  | { readonly kind: 'swap'; readonly at: Place; readonly with: Place; readonly count: number };

const place: fc.Arbitrary<Place> = fc.oneof(
  fc.nat(160),
  fc.nat(3000),
  fc.integer({ min: -200, max: -1 }),
  fc.double({ min: 0.001, max: 0.999, noNaN: true }),
);
const byte = fc.nat(255);
/** Small ones, the ends of the types' ranges, and sizes that no memory holds. */
const count = fc.constantFrom(
  0,
  1,
  2,
  255,
  1000,
  0x7fff,
  0xffff,
  2 ** 24,
  2 ** 30,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 40,
  2 ** 53,
);

export const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: place, values: fc.array(byte, { minLength: 1, maxLength: 4 }) }),
  fc.record({
    kind: fc.constant('set' as const),
    at: place,
    values: fc.constantFrom(...'0123456789-.\\NaE').map((letter) => [letter.charCodeAt(0)]),
  }),
  fc.record({
    kind: fc.constant('number' as const),
    at: place,
    bytes: fc.constantFrom(2 as const, 4 as const, 8 as const),
    value: count,
    big: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('digits' as const),
    at: place,
    text: fc.constantFrom('0', '-1', '1e9', '99999999', '99999999999999', '0.5', 'null', 'NaN'),
  }),
  fc.record({ kind: fc.constant('cut' as const), at: place }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    values: fc.array(byte, { minLength: 1, maxLength: 16 }),
  }),
  fc.record({ kind: fc.constant('remove' as const), at: place, count: fc.integer({ min: 1, max: 64 }) }),
  fc.record({ kind: fc.constant('swap' as const), at: place, with: place, count: fc.integer({ min: 1, max: 64 }) }),
);

export function damaged(bytes: Bytes, damages: readonly Damage[]): Bytes {
  return damages.reduce(withDamage, bytes);
}

function withDamage(bytes: Bytes, what: Damage): Bytes {
  const at = indexIn(bytes, what.at);
  const joined = (...parts: readonly (Uint8Array | readonly number[])[]): Bytes =>
    Uint8Array.from(parts.flatMap((part) => [...part]));
  switch (what.kind) {
    case 'set':
      return overwritten(bytes, at, what.values);
    case 'number': {
      const view = new DataView(new ArrayBuffer(8));
      view.setBigUint64(0, BigInt(what.value), true);
      const values = [...new Uint8Array(view.buffer, 0, what.bytes)];
      return overwritten(bytes, at, what.big ? values.reverse() : values);
    }
    case 'digits': {
      const isDigit = (value: number) => value >= 0x30 && value <= 0x39;
      const offset = bytes.subarray(at).findIndex(isDigit);
      if (offset < 0) return bytes;
      const length = bytes.subarray(at + offset).findIndex((value) => !isDigit(value));
      const end = length < 0 ? bytes.length : at + offset + length;
      return joined(bytes.subarray(0, at + offset), new TextEncoder().encode(what.text), bytes.subarray(end));
    }
    case 'cut':
      return bytes.slice(0, at);
    case 'insert':
      return joined(bytes.subarray(0, at), what.values, bytes.subarray(at));
    case 'remove':
      return joined(bytes.subarray(0, at), bytes.subarray(at + what.count));
    case 'swap': {
      const other = indexIn(bytes, what.with);
      const parts = [bytes.slice(at, at + what.count), bytes.slice(other, other + what.count)];
      return overwritten(overwritten(bytes, at, [...parts[1]]), other, [...parts[0]]);
    }
  }
}

function indexIn({ length }: Bytes, at: Place): number {
  if (!Number.isInteger(at)) return Math.floor(at * length);
  return at < 0 ? Math.max(0, length + at) : Math.min(at, length);
}

function overwritten(bytes: Bytes, at: number, values: readonly number[]): Bytes {
  const copy = bytes.slice();
  copy.set(values.slice(0, copy.length - at), at);
  return copy;
}

export interface Cost {
  /** Of the processor, so that a busy machine makes no difference. */
  readonly cpuSeconds: number;
  /** Of the largest buffer that was asked for, or of all that are held afterwards. */
  readonly largestBytes: number;
  /** Of the largest buffer that was asked for by this project's code. */
  readonly askedBytes: number;
}

const arrays = ['Uint8Array', 'Int16Array', 'Uint16Array', 'Float32Array', 'ArrayBuffer', 'SharedArrayBuffer'] as const;

/** Looks at every buffer that is asked for by its length while the work is done; those that packages make are seen
 *  together, at the end. */
export async function costOf(work: () => unknown): Promise<Cost> {
  let largestBytes = 0;
  const globals = globalThis as unknown as Record<string, new (...args: unknown[]) => unknown>;
  const own = arrays.map((name) => globals[name]);
  arrays.forEach((name, i) => {
    const perItem = (own[i] as unknown as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
    globals[name] = new Proxy(own[i], {
      construct(target, args: unknown[], newTarget) {
        if (typeof args[0] === 'number') largestBytes = Math.max(largestBytes, args[0] * perItem);
        return Reflect.construct(target, args, newTarget) as object;
      },
    });
  });
  const before = process.cpuUsage();
  const heldBefore = process.memoryUsage().arrayBuffers;
  try {
    await work();
  } finally {
    arrays.forEach((name, i) => (globals[name] = own[i]));
  }
  const { user, system } = process.cpuUsage(before);
  const held = process.memoryUsage().arrayBuffers - heldBefore;
  return { cpuSeconds: (user + system) / 1e6, largestBytes: Math.max(largestBytes, held), askedBytes: largestBytes };
}
