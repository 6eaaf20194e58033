import type { WeightedTerm } from '../describing/book-terms.js';
import { type TermIndex, TermIndexBuilder } from '../recommending/term-index.js';
import type { CatalogueTable } from './catalogue-table.js';

/** The terms of the books; nothing as long as nobody has described them. */
export const FEATURES: CatalogueTable<TermIndex | undefined> = {
  name: 'gold.book_features',
  columns: ['id', 'terms'],
  sql: `
    SELECT CAST(id AS BIGINT), CAST(terms AS STRUCT(term VARCHAR, weight DOUBLE)[]) FROM given
    WHERE id IS NOT NULL AND terms IS NOT NULL ORDER BY id`,
  nothing: undefined,
  async make(rows) {
    const builder = new TermIndexBuilder();
    for await (const [id, terms] of rows) builder.add(Number(id), terms as readonly WeightedTerm[]);
    return builder.build();
  },
};
