import { z } from 'zod';

const MOST_CHARACTERS = { name: 200, title: 1_000, description: 20_000 };

const name = z.string().max(MOST_CHARACTERS.name);
const category = name.meta({ description: 'One that the model never saw counts as missing', example: 'Poetry' });
const price = z.number().min(0).meta({ description: 'Pounds', example: 20 });

const BookFeature = z
  .object({
    id: z.int().positive(),
    title: z.string(),
    price: z.number().nullable().meta({ description: 'Pounds', example: 51.77 }),
    rating: z.int().nullable().meta({ description: '1 to 5', example: 3 }),
    category: z.string().nullable().meta({ example: 'Poetry' }),
    availability: z.string().nullable().meta({ example: 'In stock' }),
    stock: z.int().nullable().meta({ description: 'Copies that are left', example: 22 }),
    sentiment: z.string().nullable().meta({ description: 'The mood of the description; null without one', example: 'positive' }),
    compound: z.number().nullable().meta({ description: 'The mood in one number, -1 to 1', example: 0.69 }),
    positive: z.number().nullable().meta({ example: 0.2 }),
    neutral: z.number().nullable().meta({ example: 0.7 }),
    negative: z.number().nullable().meta({ example: 0.1 }),
  })
  .meta({ id: 'BookFeature' });

export const BookFeatureList = z.array(BookFeature).meta({ id: 'BookFeatures' });

export const RatingQuestion = z.strictObject({ price, category }).meta({ id: 'BookRatingQuestion' });
export type RatingQuestion = z.infer<typeof RatingQuestion>;

export const PriceQuestion = z
  .strictObject({
    rating: z.int().min(1).max(5).meta({ example: 4 }),
    category,
    availability: name.meta({ example: 'In stock' }),
    title: z.string().max(MOST_CHARACTERS.title).optional().meta({ example: 'A Light in the Attic' }),
    description: z.string().max(MOST_CHARACTERS.description).optional().meta({ example: 'A collection of poetry and drawings' }),
  })
  .meta({ id: 'BookPriceQuestion' });
export type PriceQuestion = z.infer<typeof PriceQuestion>;

const answer = {
  estimator: z.string().meta({ description: '`baseline` where no model is better than the mean', example: 'baseline' }),
  beats_baseline: z.boolean().meta({
    description: 'Whether the model that answers knows more than its baseline does, measured on books that it had not seen',
    example: false,
  }),
};

export const RatingAnswer = z
  .object({
    predicted_rating: z.number().meta({ description: 'The likeliest of 1 to 5', example: 1 }),
    input: RatingQuestion,
    model: z.string().meta({ description: 'Name and version', example: 'books_rating:3' }),
    ...answer,
    accuracy: z
      .number()
      .nullable()
      .meta({ description: 'Share of the books that it had not seen whose rating it told right', example: 0.23 }),
  })
  .meta({ id: 'BookRatingAnswer' });
export type RatingAnswer = z.infer<typeof RatingAnswer>;

export const PriceAnswer = z
  .object({
    predicted_price: z.number().meta({ description: 'Pounds', example: 35.07 }),
    model: z.string().meta({ description: 'Name and version', example: 'books_price:3' }),
    ...answer,
    mae: z
      .number()
      .nullable()
      .meta({ description: 'By how many pounds it was wrong on average, for books that it had not seen', example: 12.61 }),
  })
  .meta({ id: 'BookPriceAnswer' });
export type PriceAnswer = z.infer<typeof PriceAnswer>;
