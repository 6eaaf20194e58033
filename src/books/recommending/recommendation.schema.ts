import { z } from 'zod';
import { Book } from '../book.schema.js';

const part = (description: string, example: number) => z.number().min(0).max(1).meta({ description, example });

export const Recommendation = Book.extend({
  score: part('How alike the two books are; the four parts of `because` sum to it', 0.4312),
  because: z
    .object({
      text: part('For what titles and descriptions have in common; 0.7 at most', 0.1372),
      category: part('0.2 for the same one', 0.2),
      rating: part('0.05 for the same one, less by 0.0125 for each star between them', 0.05),
      price: part('0.05 times the ratio of the prices', 0.044),
    })
    .meta({ id: 'RecommendationReasons' }),
  shared_terms: z
    .array(z.string())
    .meta({ description: 'Words that count most in what the texts have in common', example: ['poetry', 'rhythmic'] }),
}).meta({ id: 'BookRecommendation' });
export type Recommendation = z.infer<typeof Recommendation>;

export const Recommendations = z.array(Recommendation).meta({ id: 'BookRecommendations' });

export const RecommendationQuery = z.object({
  limit: z.coerce.number().int().min(1).max(50).default(5).meta({ description: 'How many books at most' }),
});
export type RecommendationQuery = z.infer<typeof RecommendationQuery>;
