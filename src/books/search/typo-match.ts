import { wordsOf } from './folded-text.js';
import { RANK } from './match-rank.js';
import { typosAllowed, typosBetween } from './typos.js';

/** One query with tolerance for typos: each of its words must be like some word of the text, in any order. */
export class TypoMatch {
  private readonly words: { readonly word: string; readonly known: Map<string, number> }[];

  /** @param query folded */
  constructor(query: string) {
    this.words = wordsOf(query).map((word) => ({ word, known: new Map<string, number>() }));
  }

  /** @param words of the text, folded */
  rank(words: readonly string[]): number {
    if (this.words.length === 0) return RANK.none;
    let typos = 0;
    for (const { word, known } of this.words) {
      const allowed = typosAllowed(word);
      const least = fewest(words, (other) => {
        const typosOf = known.get(other) ?? (other.includes(word) ? 0 : typosBetween(word, other, allowed));
        known.set(other, typosOf);
        return typosOf;
      });
      if (least > allowed) return RANK.none;
      typos += least;
    }
    return RANK.typos + typos;
  }
}

function fewest(words: readonly string[], typosOf: (word: string) => number): number {
  let least = Infinity;
  for (const word of words) least = Math.min(least, typosOf(word));
  return least;
}
