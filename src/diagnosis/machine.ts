/** What the graphics card offers, for support. */
import { describeAdapter } from '../engine/webgpu/adapter.ts';

export interface Machine {
  /** null without WebGPU. */
  readonly adapter: {
    readonly name: string;
    readonly isSoftware: boolean;
    readonly features: readonly string[];
    readonly limits: Readonly<Record<string, number>>;
  } | null;
}

const limitsOfInterest = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupsPerDimension',
] as const;

/** @param gpu of the navigator, where there is one */
export async function describeMachine(gpu: Pick<GPU, 'requestAdapter'> | undefined): Promise<Machine> {
  // A driver may refuse in any way: then there is no adapter.
  const adapter = (await gpu?.requestAdapter().catch(() => null)) ?? null;
  if (!adapter) return { adapter: null };
  return {
    adapter: {
      ...describeAdapter(adapter.info),
      features: [...adapter.features].sort(),
      limits: Object.fromEntries(limitsOfInterest.map((name) => [name, adapter.limits[name]])),
    },
  };
}
