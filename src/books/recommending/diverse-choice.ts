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
  const redundancy = new Float64Array(candidates.length);
  const isTaken = new Uint8Array(candidates.length);
  const chosen: Chosen[] = [];
  while (chosen.length < Math.min(count, candidates.length)) {
    const next = bestOf(candidates, redundancy, isTaken);
    isTaken[next] = 1;
    chosen.push(candidates[next]);
    const alike = likenesses(candidates[next]);
    for (let place = 0; place < alike.length; place++) redundancy[place] = Math.max(redundancy[place], alike[place]);
  }
  return chosen;
}

function bestOf(candidates: readonly Candidate[], redundancy: Float64Array, isTaken: Uint8Array): number {
  let [best, highest] = [-1, -Infinity];
  for (let place = 0; place < candidates.length; place++) {
    const worth = RELEVANCE * candidates[place].score - (1 - RELEVANCE) * redundancy[place];
    if (isTaken[place] || worth <= highest) continue;
    best = place;
    highest = worth;
  }
  return best;
}
