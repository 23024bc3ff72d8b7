/** The browser's processes, as it and the system (Linux) see them. */
import type { Browser } from 'playwright';
import { readFileSync } from 'node:fs';

export interface BrowserProcess {
  /** `renderer`, `GPU`, `browser` … */
  readonly type: string;
  readonly id: number;
}

export async function processesOf(browser: Browser): Promise<readonly BrowserProcess[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo;
}

/** Memory in MB by kind of process, the largest of a kind.
 *  @param field of /proc/ID/status: what is held now, or the most so far */
export async function memoryMb(browser: Browser, field: 'VmRSS' | 'VmHWM'): Promise<Map<string, number>> {
  const memory = new Map<string, number>();
  for (const { type, id } of await processesOf(browser)) {
    const status = readFileSync(`/proc/${id}/status`, 'utf8');
    const megabytes = Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
    memory.set(type, Math.max(memory.get(type) ?? 0, megabytes));
  }
  return memory;
}
