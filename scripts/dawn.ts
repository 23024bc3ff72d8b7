/** WebGPU in Node: Dawn on a Vulkan driver. A machine without one of its own gets SwiftShader, as Chromium brings it. */
import { existsSync, readdirSync } from 'node:fs';

/** Debian's chromium package has both the Vulkan loader and the SwiftShader driver. */
const chromiumFolder = '/usr/lib/chromium';
const driverFolders = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/** Keeps a library in the process, where Dawn then finds it by name: Node closes what is no addon of its own. */
function keepLoaded(path: string): void {
  const [now, global, noDelete] = [0x2, 0x100, 0x1000];
  try {
    process.dlopen({ exports: {} }, path, now | global | noDelete);
  } catch {
    // "Module did not self-register": it is no addon, and it is loaded.
  }
}

async function open(): Promise<GPU> {
  const { VK_ICD_FILENAMES, VK_DRIVER_FILES } = process.env;
  const hasDriver = driverFolders.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);
  const [driver, loader] = [`${chromiumFolder}/vk_swiftshader_icd.json`, `${chromiumFolder}/libvulkan.so.1`];
  if (!VK_ICD_FILENAMES && !VK_DRIVER_FILES && !hasDriver && existsSync(driver)) process.env.VK_ICD_FILENAMES = driver;
  if (existsSync(loader)) keepLoaded(loader);
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create([]) as GPU;
  // tfjs asks there whether there is WebGPU at all.
  Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Node', gpu }, configurable: true });
  return gpu;
}

let opened: Promise<GPU> | null = null;

/** One instance a process: it lives, and keeps Node alive, until the process ends.
 *  @returns null where there is no Vulkan driver: say so and skip */
export async function openDawn(): Promise<GPU | null> {
  opened ??= open();
  const gpu = await opened;
  return (await gpu.requestAdapter()) ? gpu : null;
}
