/** TensorFlow.js on the device that we own. It does what it does well here: matrices. At rank 5 it gives zeros without
 *  an error (docs/engines.md), so features never pass through it. Loaded when a graph first needs it. */
import type { OwnedDevice } from './device.ts';

export interface Tfjs {
  /** weight [out, in] times x [in] plus bias [out], enqueued behind what was submitted before. Buffers are used where
   *  they lie; the result is copied into `y`. */
  linear(call: { readonly from: number; readonly to: number; readonly buffers: LinearBuffers }): void;
}
export type LinearBuffers = readonly [x: GPUBuffer, weight: GPUBuffer, bias: GPUBuffer, y: GPUBuffer];

const backendName = 'webgpu';
/** tfjs is one for the whole page. */
let registeredOn: GPUDevice | null = null;

/** The package keeps one backend a name, and brings one on a device of its own when it is imported: registering a
 *  second one does nothing but warn, so the first goes.
 *  @throws Error where tfjs computes on another device all the same */
export async function openTfjs({ gpu }: OwnedDevice): Promise<Tfjs> {
  const [tf, { WebGPUBackend }] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('@tensorflow/tfjs-backend-webgpu'),
  ]);
  if (registeredOn !== gpu) {
    if (tf.findBackendFactory(backendName)) tf.removeBackend(backendName);
    tf.registerBackend(backendName, () => new WebGPUBackend(gpu, gpu.adapterInfo));
    await tf.setBackend(backendName);
    await tf.ready();
    const { device } = tf.backend() as InstanceType<typeof WebGPUBackend>;
    if (device !== gpu) throw new Error('tfjs computes on another device than ours');
    registeredOn = gpu;
  }
  return {
    linear: ({ from, to, buffers: [x, weight, bias, y] }) => {
      const place = (buffer: GPUBuffer, shape: [number, number]) =>
        tf.tensor({ buffer, zeroCopy: true }, shape, 'float32');
      const result = tf.tidy(() =>
        tf.add(tf.matMul(place(x, [1, from]), place(weight, [to, from]), false, true), place(bias, [1, to])),
      );
      // This also submits what tfjs has gathered up to here.
      const { buffer, tensorRef } = result.dataToGPU();
      const encoder = gpu.createCommandEncoder({ label: 'linear' });
      encoder.copyBufferToBuffer(buffer as GPUBuffer, 0, y, 0, 4 * to);
      gpu.queue.submit([encoder.finish()]);
      tf.dispose([result, tensorRef]);
    },
  };
}
