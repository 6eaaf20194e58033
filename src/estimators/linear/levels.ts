import type { PlainColumn, RawValue } from '../estimator.types.js';

type CategoryColumn = Extract<PlainColumn, { type: 'category' }>;

const MOST_LEVELS = 255;

/** The categories that have a coefficient of their own. All else shares one: missing, never seen, and the rarest beyond 255. */
export class Levels {
  private readonly positions: ReadonlyMap<string, number>;

  constructor(readonly names: readonly string[]) {
    this.positions = new Map(names.map((name, position) => [name, position]));
  }

  /** The most frequent ones; of equals the first by name, so that the order of the dictionary leaves no trace. */
  static of({ categories, codes }: CategoryColumn): Levels {
    const counts = new Map<string, number>();
    for (const code of codes) if (code >= 0) counts.set(categories[code], (counts.get(categories[code]) ?? 0) + 1);
    const kept = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, MOST_LEVELS);
    return new Levels(kept.map(([name]) => name).sort());
  }

  /** The position that all share that have none of their own. */
  get rest(): number {
    return this.names.length;
  }

  positionOf(value: RawValue): number {
    return value === null || value === undefined ? this.rest : (this.positions.get(String(value)) ?? this.rest);
  }

  /** @returns a position a row */
  encode({ categories, codes }: CategoryColumn): Int32Array {
    const positionOfCode = Int32Array.from(categories, (category) => this.positionOf(category));
    return codes.map((code) => (code < 0 ? this.rest : positionOfCode[code]));
  }
}
