import { readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { sharedPath } from '../../../scripts/shared.ts';
import { formulaWeights } from '../../engine/cases/formula.ts';
import { plans } from '../../network/plans.ts';
import { readCheckpoint } from './readCheckpoint.ts';
import {
  floats,
  global,
  legacyFile,
  orderedDict,
  pickle,
  tensor,
  text,
  zipFile,
  type SavedTensor,
} from './torchSave.ts';

function read(file: Uint8Array) {
  const checkpoint = readCheckpoint(file);
  return checkpoint.kind === 'read' ? checkpoint.tensors : expect.fail(checkpoint.message);
}
function refusal(file: Uint8Array): string {
  const checkpoint = readCheckpoint(file);
  return checkpoint.kind === 'refused' ? checkpoint.message : expect.fail('it was read');
}

const six = floats([2, 3], [1, 2, 3, 4, 5, 6]);
const containers = [
  { form: 'zip', write: zipFile },
  { form: 'older', write: legacyFile },
];

describe.each(containers)('a state dict in the $form form', ({ write }) => {
  it('gives names, shapes and values, without module.', () => {
    const tensors = read(write({ 'module.a.weight': six, b: floats([], [7]), 'c.0': floats([0, 4], []) }));
    expect([...tensors.keys()]).toEqual(['a.weight', 'b', 'c.0']);
    expect(tensors.get('a.weight')).toEqual({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(tensors.get('b')).toEqual({ shape: [], data: Float32Array.of(7) });
    expect(tensors.get('c.0')?.data.length).toBe(0);
  });

  it('follows strides and offset', () => {
    const turned = { ...six, shape: [3, 2], strides: [1, 3] };
    const last = { ...six, shape: [2], strides: [3], offset: 2 };
    const spread = { ...six, shape: [2, 2], strides: [0, 1] };
    const tensors = read(write({ turned, last, spread }));
    expect([...(tensors.get('turned')?.data ?? [])]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...(tensors.get('last')?.data ?? [])]).toEqual([3, 6]);
    expect([...(tensors.get('spread')?.data ?? [])]).toEqual([1, 2, 1, 2]);
  });

  it.each<{ storage: string; bytes: Uint8Array; values: number[] }>([
    { storage: 'DoubleStorage', bytes: new Uint8Array(Float64Array.of(0.5, -3).buffer), values: [0.5, -3] },
    // 1, -2, 2^-24 (the smallest), 65504 (the largest), infinity.
    {
      storage: 'HalfStorage',
      bytes: new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00).buffer),
      values: [1, -2, 2 ** -24, 65504, Infinity],
    },
    { storage: 'BFloat16Storage', bytes: new Uint8Array(Uint16Array.of(0x3f80, 0xc040).buffer), values: [1, -3] },
    { storage: 'LongStorage', bytes: new Uint8Array(BigInt64Array.of(1234n, -1n).buffer), values: [1234, -1] },
  ])('reads $storage', ({ storage, bytes, values }) => {
    const length = values.length;
    const saved: SavedTensor = { shape: [length], strides: [1], offset: 0, storage, length, bytes };
    expect([...(read(write({ x: saved })).get('x')?.data ?? [])]).toEqual(values);
  });

  it('says when it is cut off, wherever that is', () => {
    const file = write({ a: six, b: floats([300], new Float32Array(300)) });
    for (let length = 3; length < file.length; length += 29) {
      expect(refusal(file.subarray(0, length))).toMatch(/cut off/);
    }
    expect(refusal(file.subarray(0, file.length - 1))).toMatch(/cut off/);
  });

  it('does not read beyond the values', () => {
    for (const wrong of [
      { shape: [2, 4] },
      { offset: 1 },
      { strides: [4, 1] },
      { strides: [-1, 1] },
      { strides: [1] },
    ]) {
      expect(refusal(write({ a: { ...six, ...wrong } }))).toMatch('tensor a reaches beyond its values');
    }
    const huge = { ...six, shape: [2 ** 15, 2 ** 15], strides: [0, 0] };
    expect(refusal(write({ a: huge }))).toMatch('reaches beyond');
  });

  it('refuses two tensors of one name', () => {
    expect(refusal(write({ 'module.a': six, a: six }))).toBe('The file holds two tensors that are called a.');
  });
});

describe('what is around a state dict', () => {
  it('is looked into where a training script wrote it', () => {
    const data = pickle(
      '}',
      '(',
      text('epoch'),
      'K',
      7,
      text('state_dict'),
      '}',
      text('a'),
      tensor(six, '0'),
      's',
      'u',
    );
    expect(read(zipFile({ a: six }, data)).get('a')?.data[5]).toBe(6);
  });

  it('may be parameters, or names that are remembered', () => {
    const parameter = [global('torch._utils', '_rebuild_parameter'), '(', tensor(six, '0'), 0x88, orderedDict, 'tR'];
    // Protocol 4 numbers what it remembers by itself: 0 is the dict, 1 the name.
    const data = pickle(orderedDict, 0x94, text('module.a'), 0x94, parameter, 's', text('b'), 'h', 1, 's');
    const tensors = read(zipFile({ a: six }, data));
    expect([...tensors.keys()]).toEqual(['a']);
    expect(tensors.get('a')?.shape).toEqual([2, 3]);
  });
});

describe('what is refused', () => {
  it.each([
    ['os', 'system'],
    ['builtins', 'eval'],
    ['torch.nn.modules.conv', 'Conv3d'],
    ['numpy.core.multiarray', 'scalar'],
    ['__builtin__', 'getattr'],
    ['torch', 'toString'],
  ])('the class %s.%s, by name, before anything is done with it', (module, name) => {
    const data = pickle(orderedDict, text('a'), global(module, name), '(', text('echo'), 'tR', 's');
    expect(refusal(zipFile({}, data))).toMatch(`an object of the Python class ${module}.${name}`);
    // The same by the opcode of protocol 4.
    const newer = pickle(orderedDict, text('a'), text(module), text(name), 0x93, '(tR', 's');
    expect(refusal(zipFile({}, newer))).toMatch(`${module}.${name}`);
  });

  it('calling a storage, or building on a string', () => {
    expect(refusal(zipFile({}, pickle(global('torch', 'FloatStorage'), ')R')))).toMatch('odd arguments');
    expect(refusal(zipFile({}, pickle(text('a'), '}b')))).toMatch('does not fit together');
  });

  it('other opcodes', () => {
    // NEWOBJ, INST, EXT1.
    for (const code of [0x81, 0x69, 0x82]) expect(refusal(zipFile({}, pickle(')', code)))).toMatch('opcode 0x');
  });

  it('pickles that do not fit together', () => {
    for (const pieces of [['u'], ['t'], ['NN'], ['h', 5], ['N', 's'], ['(', 'N'], [']', 'N', 'R']]) {
      expect(refusal(zipFile({}, pickle(...pieces)))).toMatch('does not fit together');
    }
  });

  it('other files', () => {
    expect(refusal(new TextEncoder().encode('<!doctype html>'))).toMatch('neither a zip nor a pickle');
    expect(refusal(new Uint8Array())).toMatch('neither a zip nor a pickle');
    expect(refusal(zipSync({ 'a.txt': new Uint8Array(3) }))).toMatch('holds no data.pkl');
    expect(refusal(pickle('K', 1))).toMatch('not a PyTorch checkpoint');
    expect(refusal(zipFile({}, pickle('}')))).toMatch('holds no state dict');
    expect(refusal(zipFile({}, pickle('K', 1)))).toMatch('holds no state dict');
  });

  it('a tensor whose values are missing', () => {
    expect(refusal(zipFile({}, pickle(orderedDict, text('a'), tensor(six, '0'), 's')))).toMatch(
      'the values of tensor a are not all there',
    );
  });
});

describe("the reference data's files", () => {
  const folder = sharedPath('data/golden/');
  it.skipIf(!folder).each(['stem_seg', 'stem_cls'])('%s (skipped where ../shared is absent)', (part) => {
    const tensors = read(readFileSync(`${folder}best_${part}.pth`));
    const expected = [...formulaWeights(plans.full)].filter(([name]) => name.startsWith(`${part}.`));
    expect(tensors.size).toBe(expected.length);
    for (const [name, parameter] of expected) expect(tensors.get(name.slice(part.length + 1))).toEqual(parameter);
  });

  it.skipIf(!folder)('cross_stitch', () => {
    const tensors = read(readFileSync(`${folder}best_cross_stitch.pth`));
    expect([...tensors.keys()]).toEqual(['alpha_1', 'beta_1', 'alpha_2', 'beta_2']);
    for (const { shape, data } of tensors.values()) expect([...shape, data.length]).toEqual([1, 1]);
  });
});
