import { z } from 'zod';

const LONGEST_TEXT = 10_000;
const MOST_TEXTS = 1_000;
const MOST_CHARACTERS = 1_000_000;

const Text = z
  .string()
  .max(LONGEST_TEXT)
  .refine((text) => text.trim() !== '', 'is blank: there is nothing to judge');

const lengthOf = (texts: readonly string[] = []): number => texts.reduce((sum, { length }) => sum + length, 0);

export const SentimentRequest = z
  .object({
    description: Text.optional().meta({ description: 'English text', example: 'A wonderful, moving story.' }),
    descriptions: z
      .array(Text)
      .max(MOST_TEXTS)
      .refine((texts) => lengthOf(texts) <= MOST_CHARACTERS, `has more than ${MOST_CHARACTERS} characters in all`)
      .optional()
      .meta({ description: 'Several of them' }),
  })
  .refine(({ description, descriptions }) => (description === undefined) !== (descriptions === undefined), {
    path: ['description'],
    error: 'Give either description, a text, or descriptions, an array of texts',
  })
  .meta({ id: 'SentimentRequest', example: { description: 'A wonderful, moving story.' } });
export type SentimentRequest = z.infer<typeof SentimentRequest>;

const share = (example: number) => z.number().min(0).max(1).meta({ example });

export const Sentiment = z
  .object({
    sentiment: z.enum(['positive', 'neutral', 'negative']).meta({
      description: 'Positive from a compound of 0.05 on, negative from -0.05 down',
      example: 'positive',
    }),
    compound: z.number().min(-1).max(1).meta({ description: 'The mood in one number', example: 0.5719 }),
    positive: share(0.552).meta({ description: 'The share of the text; the three sum to 1' }),
    neutral: share(0.448),
    negative: share(0),
  })
  .meta({ id: 'Sentiment' });
export type Sentiment = z.infer<typeof Sentiment>;

export const SentimentAnswer = z
  .union([Sentiment, z.array(Sentiment)])
  .meta({ id: 'SentimentAnswer', description: 'One, or an array in the order of the descriptions' });
export type SentimentAnswer = z.infer<typeof SentimentAnswer>;
