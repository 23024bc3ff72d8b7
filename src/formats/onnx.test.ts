import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { writeOnnx } from './onnx.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

it('writes the bytes that the protobuf encoding prescribes', () => {
  const graph = {
    name: 'g',
    nodes: [{ operator: 'Relu', inputs: ['x'], outputs: ['y'] }],
    initializers: [],
    inputs: [{ name: 'x', type: 'float32' as const, shape: [300] }],
    outputs: [],
  };
  // Worked out by hand from onnx.proto3: key, length where there is one, value.
  const block = (key: string, content: string) => key + (content.length / 2).toString(16).padStart(2, '0') + content;
  const ascii = (text: string) => Buffer.from(text).toString('hex');
  const node = block('0a', '0a0178' + '120179' + '1a0179' + '2204' + ascii('Relu'));
  const input = '5a10' + '0a0178' + '120b' + '0a09' + '0801' + '1205' + '0a03' + '08ac02';
  const model = '0808' + block('12', ascii('deepsc-ct-viewer'));
  const expected = model + block('3a', node + '120167' + input) + '4204' + '0a00' + '1012';
  expect(hex(writeOnnx(graph))).toBe(expected);
});

it('writes every kind of attribute and tensor so that the runtime reads it', async () => {
  const model = writeOnnx({
    name: 'kinds',
    nodes: [
      { operator: 'LeakyRelu', inputs: ['x'], outputs: ['a'], attributes: { alpha: { float: 0.25 } } },
      { operator: 'Transpose', inputs: ['a'], outputs: ['b'], attributes: { perm: [1, 0] } },
      { operator: 'Slice', inputs: ['b', 'start', 'end', 'axis', 'step'], outputs: ['c'] },
      { operator: 'Gather', inputs: ['c', 'rows'], outputs: ['y'], attributes: { axis: 0 } },
    ],
    initializers: [
      { name: 'start', shape: [1], data: BigInt64Array.of(-1n) },
      { name: 'end', shape: [1], data: BigInt64Array.of(-1000n) },
      { name: 'axis', shape: [1], data: BigInt64Array.of(1n) },
      { name: 'step', shape: [1], data: BigInt64Array.of(-1n) },
      { name: 'rows', shape: [2], data: Int32Array.of(2, 0) },
    ],
    inputs: [{ name: 'x', type: 'float32', shape: [2, 3] }],
    outputs: [{ name: 'y', type: 'float32', shape: [2, 2] }],
  });
  const session = await InferenceSession.create(model);
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, -4, -8, -12), [2, 3]) });
  expect(y.dims).toEqual([2, 2]);
  expect([...(y.data as Float32Array)]).toEqual([-3, 3, -1, 1]);
});
