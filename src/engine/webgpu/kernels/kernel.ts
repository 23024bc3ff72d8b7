/** A kernel is data: WGSL, what it binds, numbers for its uniform buffer, how many workgroups. Sizes are numbers and
 *  never part of the text, so that one pipeline serves every shape of a variant, and the known-answer test at start
 *  can run the pipelines of a study on small values (knownAnswer.ts). */

export interface Binding {
  readonly name: string;
  readonly element: 'f32' | 'i32' | 'vec4f';
  readonly access: 'read' | 'read_write';
}

export interface Param {
  readonly name: string;
  readonly type: 'f32' | 'i32' | 'u32';
  readonly value: number;
}

export interface Kernel {
  readonly label: string;
  readonly wgsl: string;
  /** Storage buffers, in the order in which a step must name them. */
  readonly bindings: readonly Binding[];
  readonly params: readonly Param[];
  readonly workgroups: readonly [x: number, y: number, z: number];
  /** Multiply-adds, for reports and for cutting submissions; 0 where there are next to none. */
  readonly macs: number;
}

export interface KernelSource {
  readonly label: string;
  readonly bindings: readonly Binding[];
  readonly params: readonly Param[];
  /** WGSL behind the declarations: functions, and `main`. */
  readonly code: string;
  readonly workgroups: readonly [number, number, number];
  readonly macs?: number;
  readonly usesSubgroups?: boolean;
}

export const threads = 64;
/** Workgroups that every adapter offers along one axis. */
const mostWorkgroups = 65_535;

export const int = (name: string, value: number): Param => ({ name, type: 'i32', value });
export const float = (name: string, value: number): Param => ({ name, type: 'f32', value });
export const reads = (name: string, element: Binding['element']): Binding => ({ name, element, access: 'read' });
export const writes = (name: string, element: Binding['element']): Binding => ({ name, element, access: 'read_write' });
export const times = (count: number, text: (i: number) => string, separator = '\n') =>
  Array.from({ length: count }, (_, i) => text(i)).join(separator);

export function kernel(source: KernelSource): Kernel {
  const { label, bindings, params, code, workgroups, macs = 0, usesSubgroups = false } = source;
  const fields = params.map(({ name, type }) => `  ${name}: ${type},`).join('\n');
  const buffers = bindings
    .map(
      ({ name, element, access }, i) =>
        `@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: array<${element}>;`,
    )
    .join('\n');
  const wgsl = `${usesSubgroups ? 'enable subgroups;\n' : ''}struct Params {\n${fields}\n}\n@group(0) @binding(0) var<uniform> p: Params;\n${buffers}\n${code}`;
  return { label, wgsl, bindings, params, workgroups, macs };
}

/** A kernel with one thread for each of `count` results; `body` says what thread `i` does. Long lists are folded into
 *  rows of workgroups, so `i` is checked against the count. */
export function perElement(count: number, { label, bindings, params, code, body, macs }: PerElement): Kernel {
  const groups = Math.ceil(count / threads);
  const across = Math.min(groups, mostWorkgroups);
  return kernel({
    label,
    bindings,
    params: [int('count', count), int('across', across * threads), ...params],
    code: `${code ?? ''}
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = i32(id.y) * p.across + i32(id.x);
  if (i >= p.count) { return; }
${body}
}`,
    workgroups: [across, Math.ceil(groups / across), 1],
    macs,
  });
}

/** Part of a kernel's work. */
export interface Piece {
  readonly params: readonly Param[];
  readonly workgroups: readonly [x: number, y: number, z: number];
}

/** Of a kernel that can begin elsewhere than at its first thread: the number that says where, along x. */
export const firstThread = int('first', 0);

/** Drivers take the device away when one dispatch lasts seconds, as the largest convolutions of a full patch would on
 *  a small card. A kernel with `firstThread` among its numbers is cut into pieces of about so many multiply-adds. */
export function piecesOf({ params, workgroups: [x, y, z], macs }: Kernel, mostMacs: number): Piece[] {
  const count = params.includes(firstThread) ? Math.min(x, Math.max(1, Math.ceil(macs / mostMacs))) : 1;
  const groups = Math.ceil(x / count);
  return Array.from({ length: Math.ceil(x / groups) }, (_, i) => ({
    params: params.map((param) => (param === firstThread ? { ...param, value: i * groups * threads } : param)),
    workgroups: [Math.min(groups, x - i * groups), y, z],
  }));
}

/** A uniform buffer's contents, in whole vec4f. */
export function uniformValues(params: readonly Param[]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(16 * Math.ceil(params.length / 4)));
  params.forEach(({ type, value }, i) =>
    type === 'f32' ? view.setFloat32(4 * i, value, true) : view.setInt32(4 * i, value, true),
  );
  return view.buffer;
}

interface PerElement {
  readonly label: string;
  readonly bindings: readonly Binding[];
  readonly params: readonly Param[];
  readonly code?: string;
  readonly body: string;
  readonly macs?: number;
}
