/** Which adapter a page was given, and whether a real one stands behind it. */

export interface AdapterDescription {
  /** In a reader's words, e.g. "apple m2"; browsers blank most of what they know. */
  readonly name: string;
  /** Computed on the CPU: slower than WebAssembly, and of use for tests only. */
  readonly isSoftware: boolean;
}

/** SwiftShader and lavapipe say what they are in one field or another, never all in the same. */
export function describeAdapter(info: Partial<GPUAdapterInfo>): AdapterDescription {
  const isSoftware =
    info.isFallbackAdapter === true ||
    ['swiftshader', 'software'].includes(info.architecture ?? '') ||
    /llvmpipe|lavapipe|swiftshader/i.test(info.description ?? '');
  const name = info.description || [info.vendor, info.architecture].filter(Boolean).join(' ') || 'an unnamed adapter';
  return { name, isSoftware };
}
