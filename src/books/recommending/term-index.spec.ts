import { cosine } from '../../estimators/text/tf-idf.estimator.js';
import { type TermIndex, TermIndexBuilder } from './term-index.js';

const BOOKS: Record<number, Record<string, number>> = {
  7: { storm: 0.6, sea: 0.8 },
  9: { storm: 3, fox: 4 },
  4: {},
};

const anIndex = (): TermIndex => {
  const builder = new TermIndexBuilder();
  for (const id of [7, 9, 4]) {
    builder.add(
      id,
      Object.entries(BOOKS[id]).map(([term, weight]) => ({ term, weight })),
    );
  }
  return builder.build();
};

describe('an index of terms', () => {
  const index = anIndex();
  const rows = [7, 9, 4, 1000].map((id) => index.rowOf(id));

  it('has the cosine of each two books, whatever the length of their vectors', () => {
    const vector = (...values: number[]) => ({ indices: Int32Array.of(0, 1, 2), values: Float64Array.from(values) });
    const expected = cosine(vector(0.6, 0.8, 0), vector(3, 0, 4));
    const cosines = index.cosinesWith(rows[0]);
    expect(rows.map((row) => cosines[row])).toEqual([expect.closeTo(1), expect.closeTo(expected), 0, 0]);
    expect([...index.cosinesOf(rows[1], Uint32Array.from(rows))]).toEqual([expect.closeTo(expected), expect.closeTo(1), 0, 0]);
  });

  it('remembers nothing of one question in the next', () => {
    index.cosinesOf(rows[0], Uint32Array.from(rows));
    expect([...index.cosinesOf(rows[2], Uint32Array.from(rows))]).toEqual([0, 0, 0, 0]);
  });

  it('names the terms that two books share', () => {
    expect(index.sharedTerms(rows[0], rows[1], 5)).toEqual(['storm']);
    expect(index.sharedTerms(rows[0], rows[3], 5)).toEqual([]);
  });
});
