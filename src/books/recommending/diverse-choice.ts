/** What is new in a choice counts as much as what is alike. */
const RELEVANCE = 0.5;

export interface Candidate {
  readonly score: number;
}

/**
 * Maximal marginal relevance (Carbonell & Goldstein, 1998): each next one is that with the highest
 * λ · score − (1 − λ) · likeness to the most alike of those chosen before it. The first of equals is taken, and a longer choice
 * begins with the shorter one.
 * @param likenesses of one candidate with all of them, 0 to 1
 */
export function diverseChoice<Chosen extends Candidate>(
  candidates: readonly Chosen[],
  count: number,
  likenesses: (chosen: Chosen) => Float64Array,
): Chosen[] {
  const left = new Set(candidates.keys());
  const redundancy = new Float64Array(candidates.length);
  const chosen: Chosen[] = [];
  while (chosen.length < count && left.size > 0) {
    const next = bestOf(left, (place) => RELEVANCE * candidates[place].score - (1 - RELEVANCE) * redundancy[place]);
    left.delete(next);
    chosen.push(candidates[next]);
    if (chosen.length === count) break;
    likenesses(candidates[next]).forEach((likeness, place) => (redundancy[place] = Math.max(redundancy[place], likeness)));
  }
  return chosen;
}

function bestOf(places: Iterable<number>, worth: (place: number) => number): number {
  let [best, highest] = [-1, -Infinity];
  for (const place of places) {
    const own = worth(place);
    if (own > highest) [best, highest] = [place, own];
  }
  return best;
}
