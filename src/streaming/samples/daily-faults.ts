import type { Fault } from './sample.types.js';
import { scattered } from './scattered.js';

const DAY = 86_400_000;

/** Kinds of faults and how long each lasts, in milliseconds. */
export type FaultKinds = Readonly<Record<string, number>>;

interface Drawn {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

/** Draws for each thing and day whether something breaks, what and when. The same seed, the same faults. */
export class DailyFaults {
  constructor(
    private readonly seed: number,
    private readonly kinds: FaultKinds,
    /** Of a day of one thing. */
    private readonly chance: number,
  ) {}

  /** @param thing by number @returns the fault that it has at this time, and for how long already */
  at(thing: number, time: number): { kind: string; since: number } | undefined {
    const drawn = this.draw(thing, Math.floor(time / DAY));
    return drawn && drawn.from <= time && time < drawn.to ? { kind: drawn.kind, since: time - drawn.from } : undefined;
  }

  /** Those that begin in a time, of things by their names. */
  between(things: readonly string[], from: number, to: number): Fault[] {
    const faults: Fault[] = [];
    for (let day = Math.floor(from / DAY); day <= Math.floor(to / DAY); day++) {
      for (const [number, thing] of things.entries()) {
        const drawn = this.draw(number, day);
        if (!drawn || drawn.from < from || drawn.from >= to) continue;
        const [begin, end] = [drawn.from, drawn.to].map((time) => new Date(time).toISOString());
        faults.push({ of: thing, kind: drawn.kind, from: begin, to: end });
      }
    }
    return faults;
  }

  private draw(thing: number, day: number): Drawn | undefined {
    const [chance, kindShare, timeShare] = [0, 1, 2].map((index) => scattered(this.seed, thing, day, index));
    if (chance >= this.chance) return undefined;
    const kinds = Object.entries(this.kinds);
    const [kind, lasts] = kinds[Math.floor(kindShare * kinds.length)];
    // It ends on the same day.
    const from = day * DAY + Math.floor(timeShare * (DAY - lasts));
    return { kind, from, to: from + lasts };
  }
}
