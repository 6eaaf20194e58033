import { readdirSync, readFileSync } from 'node:fs';

/** Bytes of memory of processes and all below them, with what they share counted once (Linux). */
export function memoryOf(roots: readonly number[]): number {
  return treeOf(roots).reduce((sum, pid) => sum + proportionalSetSize(pid), 0);
}

/** What processes and all below them have used of the processor so far, in seconds (Linux, where a tick is a hundredth). */
export function cpuSecondsOf(roots: readonly number[]): number {
  return treeOf(roots).reduce((sum, pid) => sum + ticksOf(pid), 0) / 100;
}

function treeOf(roots: readonly number[]): number[] {
  const parents = new Map(processes().map((pid) => [pid, parentOf(pid)]));
  const isBelow = (pid: number | undefined): boolean => pid !== undefined && (roots.includes(pid) || isBelow(parents.get(pid)));
  return [...parents.keys()].filter(isBelow);
}

const processes = (): number[] => readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));

/** The name of a process stands in brackets and may hold anything. */
function parentOf(pid: number): number | undefined {
  const [, parent] = /\) \S (\d+)/.exec(read(`/proc/${pid}/stat`)) ?? [];
  return parent === undefined ? undefined : Number(parent);
}

/** The fields 14 to 17 of the whole line: in user mode and in the kernel, its own and of its children that have ended. */
function ticksOf(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
}

const proportionalSetSize = (pid: number): number =>
  Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;

/** A process that has ended meanwhile has nothing to say. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
