/** Reading features inside a kernel. What norm and ReLU do to a value is not done to it in memory: it waits in a
 *  table, three vec4f a block (scale, shift, floor), and happens on every read: max(value * scale + shift, floor). */
import { elementOf, lanesOf } from '../layout.ts';
import { reads, type Binding } from './kernel.ts';

export interface Operand {
  readonly channels: number;
  readonly hasTable: boolean;
}

/** Floor of a value that no ReLU has cut. */
export const noFloor = -3.4028234e38;

export function operandBindings(name: string, { channels, hasTable }: Operand): Binding[] {
  return [reads(name, elementOf(channels)), ...(hasTable ? [reads(`${name}Table`, 'vec4f')] : [])];
}

/** `load_NAME(element index, block)`. */
export function operandCode(name: string, { channels, hasTable }: Operand): string {
  const type = elementOf(channels);
  const lane = lanesOf(channels) === 1 ? '.x' : '';
  const row = (i: number) => `${name}Table[3 * block + ${i}]${lane}`;
  const value = hasTable ? `max(${name}[at] * ${row(0)} + ${row(1)}, ${row(2)})` : `${name}[at]`;
  return `fn load_${name}(at: i32, block: i32) -> ${type} { return ${value}; }\n`;
}

/** Names a variant in labels. */
export const operandLabel = ({ channels, hasTable }: Operand) => `${lanesOf(channels)}${hasTable ? 'n' : ''}`;
