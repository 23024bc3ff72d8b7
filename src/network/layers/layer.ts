/** What every layer kind must say of itself: the shape of its output, and its output's values, slowly and plainly.
 *  Engines are measured against these, so nothing here is clever: sums run in float64 and are rounded once. */
import type { LayerKind, NodeOf, Parameter, TensorShape } from '../graph.ts';

export type Values = Float32Array | Int32Array;
export interface LayerInput {
  readonly shape: TensorShape;
  readonly data: Values;
}
/** Parameters' shapes by name; throws where there is none. */
export type ParameterShape = (name: string) => TensorShape;

export interface Layer<K extends LayerKind> {
  /** @throws Error where the inputs do not fit the node */
  shape(node: NodeOf<K>, inputs: readonly TensorShape[], parameterShape: ParameterShape): TensorShape;
  /** @param out the shape that `shape` gave */
  forward(
    node: NodeOf<K>,
    inputs: readonly LayerInput[],
    out: TensorShape,
    parameter: (name: string) => Parameter,
  ): Float32Array;
}

type FeatureShape = readonly [channels: number, depth: number, rows: number, columns: number];

export const sizeOf = (shape: TensorShape) => shape.reduce((product, size) => product * size, 1);
export const sameShape = (a: TensorShape, b: TensorShape) => a.length === b.length && a.every((n, i) => n === b[i]);

/** Says which node is at fault. */
export function fault({ kind, name }: { kind: string; name: string }, message: string): Error {
  return new Error(`${kind} ${name}: ${message}`);
}

/** @throws unless the shape is [C, D, H, W] */
export function asFeatures(node: { kind: string; name: string }, shape: TensorShape | undefined): FeatureShape {
  if (!shape) throw fault(node, 'an input is missing');
  if (shape.length !== 4 || shape.some((size) => size < 1)) {
    throw fault(node, `expects channels x depth x rows x columns, input is [${shape}]`);
  }
  return shape as unknown as FeatureShape;
}

/** @throws unless all inputs have the shape of the first */
export function allAlike(node: { kind: string; name: string }, inputs: readonly TensorShape[]): TensorShape {
  const [first, ...others] = inputs;
  if (!first) throw fault(node, 'an input is missing');
  const odd = others.find((shape) => !sameShape(shape, first));
  if (odd) throw fault(node, `inputs are [${first}] and [${odd}]`);
  return first;
}

export function expectShape(node: { kind: string; name: string }, what: string, has: TensorShape, want: TensorShape) {
  if (!sameShape(has, want)) throw fault(node, `${what} is [${has}], expected [${want}]`);
}
