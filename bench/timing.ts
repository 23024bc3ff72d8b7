/** What work costs. On a software adapter the processor's time is what counts: other programs do not lengthen it. On a
 *  card the clock counts, since the processor only waits. */

export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

const cell = new Int32Array(new SharedArrayBuffer(4));

/** @param naps while Dawn for Node waits it asks without a pause, which cost a third of all processor time: here it
 *    sleeps a millisecond in between. On a card that would lengthen the wait. */
export async function costOf(work: () => Promise<unknown>, naps: boolean): Promise<Cost> {
  let isDone = false;
  const nap = () => {
    if (isDone) return;
    Atomics.wait(cell, 0, 0, 1);
    setImmediate(nap);
  };
  const [start, used] = [performance.now(), process.cpuUsage()];
  if (naps) setImmediate(nap);
  await work();
  isDone = true;
  const { user, system } = process.cpuUsage(used);
  return { wallMs: performance.now() - start, cpuMs: (user + system) / 1000 };
}

/** The least of the clock and of the processor each. */
export const leastOf = (costs: readonly Cost[]): Cost => ({
  wallMs: Math.min(...costs.map(({ wallMs }) => wallMs)),
  cpuMs: Math.min(...costs.map(({ cpuMs }) => cpuMs)),
});

/** The least of some runs. */
export async function leastCost(runs: number, work: () => Promise<unknown>, naps: boolean): Promise<Cost> {
  const costs: Cost[] = [];
  for (let i = 0; i < runs; i++) costs.push(await costOf(work, naps));
  return leastOf(costs);
}

export const scaledBy = ({ wallMs, cpuMs }: Cost, factor: number): Cost => ({
  wallMs: factor * wallMs,
  cpuMs: factor * cpuMs,
});

export const total = (costs: readonly Cost[]): Cost => ({
  wallMs: costs.reduce((sum, { wallMs }) => sum + wallMs, 0),
  cpuMs: costs.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
});

/** A table in Markdown on standard output. */
export function printTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  console.log([`\n## ${title}\n`, line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}

export const digits = (value: number) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3));
