/** How well a text fits what was searched for: less is better. Matches with typos come behind these, by their number. */
export const RANK = { exact: 0, prefix: 1, wordStart: 2, elsewhere: 3, typos: 4, none: Infinity } as const;

const WITHIN_WORD = /[\p{L}\p{N}]/u;

/** @param text folded, as `query` is */
export function matchRank(text: string, query: string): number {
  let at = text.indexOf(query);
  if (at < 0) return RANK.none;
  if (at === 0) return text.length === query.length ? RANK.exact : RANK.prefix;
  for (; at >= 0; at = text.indexOf(query, at + 1)) {
    if (!WITHIN_WORD.test(text[at - 1])) return RANK.wordStart;
  }
  return RANK.elsewhere;
}
