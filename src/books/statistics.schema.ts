import { z } from 'zod';

export const Categories = z.array(z.string()).meta({ id: 'BookCategories', example: ['Academic', 'Art', 'Poetry'] });

export const BookOverview = z
  .object({
    total_books: z.int().nonnegative().meta({ example: 1000 }),
    average_price: z.number().nullable().meta({ description: 'Pounds; null without books', example: 35.07 }),
    average_rating: z.number().nullable().meta({ description: 'Null without books', example: 2.92 }),
    rating_distribution: z
      .record(z.string(), z.int())
      .meta({ description: 'How many books have each rating', example: { 1: 226, 2: 196, 3: 203, 4: 179, 5: 196 } }),
  })
  .meta({ id: 'BookOverview' });
export type BookOverview = z.infer<typeof BookOverview>;

export const CategoryStatistics = z
  .object({
    count: z.int().positive().meta({ example: 19 }),
    avg_price: z.number().meta({ description: 'Pounds', example: 35.97 }),
    min_price: z.number().meta({ example: 14.19 }),
    max_price: z.number().meta({ example: 57.31 }),
    avg_rating: z.number().meta({ example: 3.53 }),
    stock: z.int().nonnegative().meta({ description: 'Copies of all its books that are left', example: 211 }),
  })
  .meta({ id: 'BookCategoryStatistics' });
export type CategoryStatistics = z.infer<typeof CategoryStatistics>;

export const StatisticsByCategory = z
  .record(z.string(), CategoryStatistics)
  .meta({ id: 'BookStatisticsByCategory', description: 'By name of the category' });
export type StatisticsByCategory = z.infer<typeof StatisticsByCategory>;
