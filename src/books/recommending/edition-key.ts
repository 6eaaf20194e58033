import { fold, wordsOf } from '../search/folded-text.js';

const IN_BRACKETS = /\([^()]*\)|\[[^[\]]*\]/g;

/** The same for all editions of one title: what stands in brackets, signs, case and accents do not count. */
export function editionKey(title: string): string {
  const words = wordsOf(fold(title.replaceAll(IN_BRACKETS, ' ')));
  return words.length > 0 ? words.join(' ') : fold(title);
}
