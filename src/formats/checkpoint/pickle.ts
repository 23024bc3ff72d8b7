/** Python's pickle, as far as it describes plain values and tensors. A pickle is a program; this interpreter builds
 *  lists, tuples, dicts, strings and numbers, and hands the few classes that a checkpoint needs to its caller by
 *  name. Nothing is looked up, called or executed otherwise, and any other class ends the reading.
 *  Opcodes: Python's pickletools, protocols 0 to 4. */
import { CheckpointProblem, cutOff } from './refusal.ts';

export type Pickled = unknown;
export class PickledTuple {
  readonly items: readonly Pickled[];
  constructor(items: readonly Pickled[]) {
    this.items = items;
  }
}
export type PickledDict = Map<Pickled, Pickled>;

/** A class or function by its full name, such as `collections.OrderedDict`. */
export class PickledGlobal {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export interface PickleOptions {
  /** Names of classes and functions that may appear. */
  readonly isKnown: (name: string) => boolean;
  /** What calling one of them gives. */
  readonly call: (name: string, args: readonly Pickled[]) => Pickled;
  /** What a persistent id stands for. */
  readonly persistent: (id: Pickled) => Pickled;
}

const mark = Symbol('mark');

/** @param at first byte of the pickle
 *  @returns its value, and the first byte behind it
 *  @throws CheckpointProblem */
export function readPickle(bytes: Uint8Array, at: number, options: PickleOptions): { value: Pickled; end: number } {
  const machine = new Machine(bytes, at, options);
  while (!machine.step());
  return { value: machine.result(), end: machine.at };
}

class Machine {
  at: number;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly options: PickleOptions;
  private stack: Pickled[] = [];
  private readonly memo = new Map<number, Pickled>();

  constructor(bytes: Uint8Array, at: number, options: PickleOptions) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.options = options;
  }

  /** @returns whether that was the end */
  step(): boolean {
    const code = this.take(1)[0];
    const opcode = opcodes[code];
    if (!opcode) {
      const hex = code.toString(16).padStart(2, '0');
      throw new CheckpointProblem(`The file's pickle holds something that is not read here (opcode 0x${hex}).`);
    }
    opcode(this);
    return code === stop;
  }

  result(): Pickled {
    if (this.stack.length !== 1) throw damaged();
    return this.stack[0];
  }

  push(value: Pickled): void {
    this.stack.push(value);
  }

  pop(): Pickled {
    if (this.stack.length === 0) throw damaged();
    const value = this.stack.pop();
    if (value === mark) throw damaged();
    return value;
  }

  top(): Pickled {
    if (this.stack.length === 0) throw damaged();
    return this.stack[this.stack.length - 1];
  }

  mark(): void {
    this.stack.push(mark);
  }

  popToMark(): Pickled[] {
    const from = this.stack.lastIndexOf(mark);
    if (from < 0) throw damaged();
    return this.stack.splice(from).slice(1);
  }

  remember(key: number): void {
    this.memo.set(key, this.top());
  }

  rememberNext(): void {
    this.remember(this.memo.size);
  }

  recall(key: number): void {
    if (!this.memo.has(key)) throw damaged();
    this.push(this.memo.get(key));
  }

  take(length: number): Uint8Array {
    if (length < 0 || this.at + length > this.bytes.length) throw cutOff();
    const part = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return part;
  }

  private number(length: number, read: (at: number) => number): number {
    const { at } = this;
    this.take(length);
    return read(at);
  }

  uint8 = () => this.number(1, (at) => this.view.getUint8(at));
  uint16 = () => this.number(2, (at) => this.view.getUint16(at, true));
  uint32 = () => this.number(4, (at) => this.view.getUint32(at, true));
  int32 = () => this.number(4, (at) => this.view.getInt32(at, true));
  /** Pickle writes this one with the highest byte first. */
  float64 = () => this.number(8, (at) => this.view.getFloat64(at, false));

  /** Two's complement, lowest byte first. */
  long(length: number): number | bigint {
    const part = this.take(length);
    if (length === 0) return 0;
    const unsigned = [...part].reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const value = BigInt.asIntN(8 * length, unsigned);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  text(length: number, encoding: 'utf-8' | 'latin1' = 'utf-8'): string {
    return new TextDecoder(encoding).decode(this.take(length));
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw cutOff();
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }

  global(module: Pickled, name: Pickled): void {
    if (typeof module !== 'string' || typeof name !== 'string') throw damaged();
    const full = `${module}.${name}`;
    if (!this.options.isKnown(full)) {
      throw new CheckpointProblem(
        `The file holds an object of the Python class ${full}. Only tensors and plain values are read, nothing is ever executed.`,
      );
    }
    this.push(new PickledGlobal(full));
  }

  reduce(): void {
    const args = this.pop();
    const called = this.pop();
    if (!(called instanceof PickledGlobal) || !(args instanceof PickledTuple)) throw damaged();
    this.push(this.options.call(called.name, args.items));
  }

  persistent(): void {
    this.push(this.options.persistent(this.pop()));
  }

  setItems(pairs: readonly Pickled[]): void {
    const dict = this.top();
    if (!(dict instanceof Map) || pairs.length % 2 !== 0) throw damaged();
    for (let i = 0; i < pairs.length; i += 2) dict.set(pairs[i], pairs[i + 1]);
  }

  append(items: readonly Pickled[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw damaged();
    for (const item of items) list.push(item);
  }

  /** Attributes of a dict, such as the version notes of a state dict: not needed. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof Map)) throw damaged();
  }
}

const damaged = () => new CheckpointProblem('The file is damaged: its pickle does not fit together.');

const tupleOf = (machine: Machine, length: number) => {
  const items = Array.from({ length }, () => machine.pop()).reverse();
  machine.push(new PickledTuple(items));
};
function dictOf(pairs: readonly Pickled[]): PickledDict {
  if (pairs.length % 2 !== 0) throw damaged();
  return new Map(Array.from({ length: pairs.length / 2 }, (_, i) => [pairs[2 * i], pairs[2 * i + 1]]));
}

const stop = 0x2e;
const ascii = (letter: string) => letter.charCodeAt(0);

const opcodes: Readonly<Record<number, (machine: Machine) => void>> = {
  [stop]: () => {},
  0x80: (m) => {
    const protocol = m.uint8();
    if (protocol > 5)
      throw new CheckpointProblem(`The file's pickle is of protocol ${protocol}, which is not known here.`);
  },
  0x95: (m) => void m.take(8), // frame: its length says nothing that is not known

  [ascii('N')]: (m) => m.push(null),
  0x88: (m) => m.push(true),
  0x89: (m) => m.push(false),
  [ascii('J')]: (m) => m.push(m.int32()),
  [ascii('K')]: (m) => m.push(m.uint8()),
  [ascii('M')]: (m) => m.push(m.uint16()),
  [ascii('G')]: (m) => m.push(m.float64()),
  0x8a: (m) => m.push(m.long(m.uint8())),

  [ascii('X')]: (m) => m.push(m.text(m.uint32())),
  0x8c: (m) => m.push(m.text(m.uint8())),
  // Strings of Python 2.
  [ascii('T')]: (m) => m.push(m.text(m.uint32(), 'latin1')),
  [ascii('U')]: (m) => m.push(m.text(m.uint8(), 'latin1')),

  [ascii('(')]: (m) => m.mark(),
  [ascii(')')]: (m) => tupleOf(m, 0),
  0x85: (m) => tupleOf(m, 1),
  0x86: (m) => tupleOf(m, 2),
  0x87: (m) => tupleOf(m, 3),
  [ascii('t')]: (m) => m.push(new PickledTuple(m.popToMark())),
  [ascii(']')]: (m) => m.push([]),
  [ascii('l')]: (m) => m.push(m.popToMark()),
  [ascii('a')]: (m) => {
    const item = m.pop();
    m.append([item]);
  },
  [ascii('e')]: (m) => m.append(m.popToMark()),
  [ascii('}')]: (m) => m.push(new Map()),
  [ascii('d')]: (m) => m.push(dictOf(m.popToMark())),
  [ascii('s')]: (m) => {
    const value = m.pop();
    const key = m.pop();
    m.setItems([key, value]);
  },
  [ascii('u')]: (m) => m.setItems(m.popToMark()),

  [ascii('q')]: (m) => m.remember(m.uint8()),
  [ascii('r')]: (m) => m.remember(m.uint32()),
  0x94: (m) => m.rememberNext(),
  [ascii('h')]: (m) => m.recall(m.uint8()),
  [ascii('j')]: (m) => m.recall(m.uint32()),

  [ascii('c')]: (m) => {
    const module = m.line();
    m.global(module, m.line());
  },
  0x93: (m) => {
    const name = m.pop();
    m.global(m.pop(), name);
  },
  [ascii('R')]: (m) => m.reduce(),
  [ascii('b')]: (m) => m.build(),
  [ascii('Q')]: (m) => m.persistent(),
};
