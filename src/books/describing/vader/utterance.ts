import { EMOJI } from './emoji.js';

// What str.split() of Python takes for space, which is not quite \s.
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;
const PICTOGRAPH = /\p{Extended_Pictographic}/gu;
const PUNCTUATION = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');
/** What is left of `:D` or `<3` without its signs is no word. */
const LONGEST_EMOTICON_REST = 2;

/** A text as VADER reads it: words and emoticons, in order. */
export class Utterance {
  readonly words: readonly string[];
  /** The same in lower case. */
  readonly lower: readonly string[];
  /** Some words are in capitals, and others are not: those shout. */
  private readonly hasShouts: boolean;

  constructor(text: string) {
    const told = text.replaceAll(PICTOGRAPH, (emoji) => ` ${EMOJI.get(emoji) ?? emoji}`);
    this.words = told.split(SPACE).filter(Boolean).map(withoutPunctuation);
    this.lower = this.words.map((word) => word.toLowerCase());
    const capitals = this.words.filter(isInCapitals).length;
    this.hasShouts = capitals > 0 && capitals < this.words.length;
  }

  isShouted(place: number): boolean {
    return this.hasShouts && isInCapitals(this.words[place]);
  }

  /** Words in lower case, from one place to another, both inclusive. */
  phrase(from: number, to: number): string {
    return this.lower.slice(from, to + 1).join(' ');
  }
}

const isInCapitals = (word: string): boolean => /\p{Uppercase}/u.test(word) && !/[\p{Lowercase}\p{Lt}]/u.test(word);

function withoutPunctuation(token: string): string {
  let [start, end] = [0, token.length];
  while (start < end && PUNCTUATION.has(token[start])) start++;
  while (end > start && PUNCTUATION.has(token[end - 1])) end--;
  const word = token.slice(start, end);
  return [...word.slice(0, 2 * LONGEST_EMOTICON_REST + 1)].length <= LONGEST_EMOTICON_REST ? token : word;
}
