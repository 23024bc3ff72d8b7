/** A graph brought down to steps on buffers: what lower.ts writes and the engine runs. */
import type { TensorShape } from '../../network/graph.ts';
import type { Kernel } from './kernels/kernel.ts';

/** A buffer that is wanted; which one it gets is decided when all are known (planMemory). */
export interface Slot {
  readonly label: string;
  readonly bytes: number;
  /** Constants hold these from the start and are never shared. */
  readonly constant: Float32Array | null;
}

export type Step =
  | { readonly kind: 'dispatch'; readonly kernel: Kernel; readonly slots: readonly Slot[] }
  | {
      readonly kind: 'copy';
      readonly from: Slot;
      readonly to: Slot;
      readonly toByte: number;
      readonly bytes: number;
    }
  /** By tfjs: x [from], weight [to, from], bias [to], result [to]. */
  | {
      readonly kind: 'linear';
      readonly from: number;
      readonly to: number;
      readonly slots: readonly [x: Slot, weight: Slot, bias: Slot, y: Slot];
    };

/** Features that lie end to end along channels, each with the table that waits for its readers. */
export interface Part {
  readonly channels: number;
  readonly slot: Slot;
  readonly table: Slot | null;
}

/** A value of the graph on the device. */
export interface DeviceValue {
  readonly shape: TensorShape;
  /** One part for vectors and indices. */
  readonly parts: readonly Part[];
  /** Nearest: each voxel in memory stands for factor^3 of the value. */
  readonly upsample: number;
}

export interface Program {
  readonly steps: readonly Step[];
  readonly inputs: ReadonlyMap<string, DeviceValue>;
  /** Of one part, no table, not upsampled. */
  readonly outputs: ReadonlyMap<string, DeviceValue>;
  /** By int32 input: indices must be below this. */
  readonly indexLimits: ReadonlyMap<string, number>;
}

export const slotsOf = (step: Step): readonly Slot[] => (step.kind === 'copy' ? [step.from, step.to] : step.slots);

export interface MemoryPlan {
  /** Sizes of the buffers to make. */
  readonly buffers: readonly number[];
  /** Place of every slot that is no constant. */
  readonly bufferOf: ReadonlyMap<Slot, number>;
}

/** Slots whose lives do not meet share a buffer: largest first, each into the first buffer that is free for the whole
 *  of its life. Inputs live from the start, outputs to the end. */
export function planMemory({ steps, inputs, outputs }: Program): MemoryPlan {
  const lives = new Map<Slot, { first: number; last: number }>();
  const touch = (slot: Slot, step: number) => {
    if (slot.constant) return;
    const life = lives.get(slot);
    lives.set(slot, { first: Math.min(life?.first ?? step, step), last: Math.max(life?.last ?? step, step) });
  };
  const slotsIn = (values: ReadonlyMap<string, DeviceValue>) =>
    [...values.values()].flatMap(({ parts }) => parts.map(({ slot }) => slot));
  for (const slot of slotsIn(inputs)) touch(slot, -1);
  steps.forEach((step, i) => slotsOf(step).forEach((slot) => touch(slot, i)));
  for (const slot of slotsIn(outputs)) touch(slot, steps.length);

  const taken: { bytes: number; lives: { first: number; last: number }[] }[] = [];
  const bufferOf = new Map<Slot, number>();
  for (const [slot, life] of [...lives].sort(([a], [b]) => b.bytes - a.bytes)) {
    const isFree = (buffer: (typeof taken)[number]) =>
      buffer.lives.every(({ first, last }) => last < life.first || life.last < first);
    let at = taken.findIndex(isFree);
    if (at < 0) at = taken.push({ bytes: slot.bytes, lives: [] }) - 1;
    taken[at].lives.push(life);
    bufferOf.set(slot, at);
  }
  return { buffers: taken.map(({ bytes }) => bytes), bufferOf };
}
