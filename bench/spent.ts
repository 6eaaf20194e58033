import { cpuSecondsOf, memoryOf } from './process-tree.js';
import { median, medianRatio, megabytes, type Row, seconds } from './row.js';

const LOOK_EVERY_MS = 200;

/** What a piece of work cost: wall and processor time in seconds, and the most memory that was seen on the way in bytes. */
export interface Spent {
  readonly seconds: number;
  readonly cpu: number;
  readonly peak: number;
}

/** Watches processes, with all below them, while they do something. */
export async function spentBy(pids: readonly number[], work: () => Promise<unknown>): Promise<Spent> {
  let peak = memoryOf(pids);
  const look = (): void => void (peak = Math.max(peak, memoryOf(pids)));
  const timer = setInterval(look, LOOK_EVERY_MS);
  const [started, before] = [performance.now(), cpuSecondsOf(pids)];
  try {
    await work();
    const spent = { seconds: (performance.now() - started) / 1000, cpu: cpuSecondsOf(pids) - before };
    look();
    return { ...spent, peak };
  } finally {
    clearInterval(timer);
  }
}

/** Rounds of us and of a peer in turns. */
export interface Turns {
  readonly ours: readonly Spent[];
  readonly peers: readonly Spent[];
}

/** A line each for wall time, processor time and memory. @param wanted `at most 1.5` */
export function spentRows(what: string, { ours, peers }: Turns, wanted: { seconds?: string; cpu?: string } = {}): Row[] {
  const of = (turns: readonly Spent[], which: keyof Spent): number[] => turns.map((spent) => spent[which]);
  const row = (name: string, which: keyof Spent, shown: (value: number) => string): Row => ({
    what: `${what}: ${name}`,
    ours: shown(median(of(ours, which))),
    peer: shown(median(of(peers, which))),
    ratio: medianRatio(of(ours, which), of(peers, which)),
  });
  return [
    { ...row('wall time', 'seconds', seconds), ...(wanted.seconds && { wanted: wanted.seconds }) },
    { ...row('processor time', 'cpu', seconds), ...(wanted.cpu && { wanted: wanted.cpu }) },
    row('peak memory', 'peak', megabytes),
  ];
}
