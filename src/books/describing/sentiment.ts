import type { Sentiment } from './sentiment.schema.js';
import { polarityOf } from './vader/vader.js';

/** The limit that VADER's authors recommend, both ways. */
const DECIDED = 0.05;

/** The mood of an English text. One without words is neutral. */
export function sentimentOf(text: string): Sentiment {
  const polarity = polarityOf(text);
  const sentiment = polarity.compound >= DECIDED ? 'positive' : polarity.compound <= -DECIDED ? 'negative' : 'neutral';
  return { sentiment, ...polarity };
}
