import { BOOSTERS, IDIOMS, isNegation, LEXICON } from './lexicon.js';
import { Utterance } from './utterance.js';

/** The mood of a text. */
export interface Polarity {
  /** All of it in one number, -1 to 1. */
  readonly compound: number;
  /** Shares of the text, which sum to 1; all 0 for a text without words. */
  readonly positive: number;
  readonly neutral: number;
  readonly negative: number;
}

const SHOUT = 0.733;
const NEGATED = -0.74;
const NEVER_SO = 1.25;
/** How much a booster that stands one, two or three words in front counts. */
const BY_DISTANCE = [0, 1, 0.95, 0.9];
const COMPOUND_ALPHA = 15;

/**
 * VADER (Hutto & Gilbert, 2014: "A parsimonious rule-based model for sentiment analysis of social media text"), by the rules and to
 * the digits of vaderSentiment 3.3.2. English only. Its time grows with the length of the text.
 */
export function polarityOf(text: string): Polarity {
  const utterance = new Utterance(text);
  const valences = weighedByBut(
    utterance.words.map((_, place) => valenceAt(utterance, place)),
    utterance.lower.indexOf('but'),
  );
  return scored(valences, emphasisOf(text));
}

function valenceAt(utterance: Utterance, place: number): number {
  const { lower } = utterance;
  const known = LEXICON.get(lower[place]);
  if (known === undefined || BOOSTERS.has(lower[place]) || (lower[place] === 'kind' && lower[place + 1] === 'of')) return 0;
  let valence = known;
  if (lower[place] === 'no' && LEXICON.has(lower[place + 1])) valence = 0;
  if (isDenied(lower, place)) valence = known * NEGATED;
  if (utterance.isShouted(place)) valence += valence > 0 ? SHOUT : -SHOUT;
  for (const distance of [1, 2, 3]) {
    const before = place - distance;
    if (before < 0 || LEXICON.has(lower[before])) continue;
    valence += boostBy(utterance, before, valence) * BY_DISTANCE[distance];
    valence *= negationBy(lower, place, distance);
    if (distance === 3) valence = withIdioms(utterance, place, valence);
  }
  return isAfterLeast(lower, place) ? valence * NEGATED : valence;
}

/** By a "no" before it, also in "no this or that". */
const isDenied = (lower: readonly string[], place: number): boolean =>
  lower[place - 1] === 'no' ||
  lower[place - 2] === 'no' ||
  (lower[place - 3] === 'no' && (lower[place - 1] === 'or' || lower[place - 1] === 'nor'));

function boostBy(utterance: Utterance, place: number, valence: number): number {
  const boost = BOOSTERS.get(utterance.lower[place]);
  if (boost === undefined) return 0;
  const signed = valence < 0 ? -boost : boost;
  if (!utterance.isShouted(place)) return signed;
  return signed + (valence > 0 ? SHOUT : -SHOUT);
}

/** @returns the factor by which a negation so many words before a word turns its mood */
function negationBy(lower: readonly string[], place: number, distance: number): number {
  const [negation, ...between] = lower.slice(place - distance, place);
  if (distance > 1) {
    const isSo = (word: string): boolean => word === 'so' || word === 'this';
    if (negation === 'never' && isSo(between[0])) return NEVER_SO;
    if (distance === 3 && isSo(between[1])) return NEVER_SO;
    if (negation === 'without' && between.includes('doubt')) return 1;
  }
  return isNegation(negation) ? NEGATED : 1;
}

/** @param place the fourth word or a later one */
function withIdioms(utterance: Utterance, place: number, valence: number): number {
  const phrases = [
    ...[utterance.phrase(place - 1, place), utterance.phrase(place - 2, place), utterance.phrase(place - 2, place - 1)],
    ...[utterance.phrase(place - 3, place - 1), utterance.phrase(place - 3, place - 2)],
  ];
  const [, , twoBefore, threeBefore, farBefore] = phrases;
  const before = phrases.find((phrase) => IDIOMS.has(phrase));
  const ahead = [utterance.phrase(place, place + 2), utterance.phrase(place, place + 1)].find((phrase) => IDIOMS.has(phrase));
  const idiom = IDIOMS.get(ahead ?? before ?? '') ?? valence;
  return [threeBefore, farBefore, twoBefore].reduce((sum, phrase) => sum + (BOOSTERS.get(phrase) ?? 0), idiom);
}

/** "the least lovely", but neither "at least lovely" nor "very least". */
const isAfterLeast = (lower: readonly string[], place: number): boolean =>
  lower[place - 1] === 'least' && lower[place - 2] !== 'at' && lower[place - 2] !== 'very';

/** What comes behind a "but" counts more than what comes before it. */
function weighedByBut(valences: number[], but: number): number[] {
  if (but < 0) return valences;
  for (const [place] of valences.entries()) {
    if (valences[place] === 0) continue;
    // As the reference does: of words with the same mood it is the first that is weighed, once for each of them.
    const first = valences.indexOf(valences[place]);
    if (first !== but) valences[first] *= first < but ? 0.5 : 1.5;
  }
  return valences;
}

/** Of up to four exclamation marks, and of more than one question mark. */
function emphasisOf(text: string): number {
  const exclamations = Math.min(countOf('!', text), 4);
  const questions = countOf('?', text);
  return exclamations * 0.292 + (questions > 3 ? 0.96 : questions > 1 ? questions * 0.18 : 0);
}

const countOf = (sign: string, text: string): number => text.split(sign).length - 1;

function scored(valences: readonly number[], emphasis: number): Polarity {
  if (valences.length === 0) return { compound: 0, positive: 0, neutral: 0, negative: 0 };
  const sum = valences.reduce((total, valence) => total + valence, 0);
  const emphasised = sum + Math.sign(sum) * emphasis;
  // A word of no mood counts 1: so does each other one beside its mood.
  let positive = valences.reduce((total, valence) => (valence > 0 ? total + valence + 1 : total), 0);
  let negative = valences.reduce((total, valence) => (valence < 0 ? total - valence + 1 : total), 0);
  const neutral = valences.filter((valence) => valence === 0).length;
  if (positive > negative) positive += emphasis;
  else if (negative > positive) negative += emphasis;
  const total = positive + negative + neutral;
  return {
    compound: rounded(emphasised / Math.sqrt(emphasised ** 2 + COMPOUND_ALPHA), 4),
    positive: rounded(positive / total, 3),
    neutral: rounded(neutral / total, 3),
    negative: rounded(negative / total, 3),
  };
}

/** An exact half goes to the even neighbour, as Python rounds. Only a number of 32nds can be an exact half here. */
function rounded(value: number, digits: 3 | 4): number {
  const scaled = value * 10 ** digits;
  const isHalf = Number.isInteger(value * 32) && Math.abs(scaled % 1) === 0.5;
  return isHalf ? (2 * Math.round(scaled / 2)) / 10 ** digits : Number(value.toFixed(digits));
}
