import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import { findConstraintProblems } from './constraint-check.js';

describe('findConstraintProblems', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openLake();
  });
  afterAll(() => lake.close());

  const problems = (condition: string, made = false) =>
    findConstraintProblems(
      lake.sql,
      { constraints: { fine: 'a > 0', odd: condition }, constraintLines: { fine: 4, odd: 5 } },
      made ? { format: 'view', query: { sql: "select 1 as a, 'x' as b" } } : undefined,
    );

  it.each(['a >', 'a > (select b from t)', 'a > 0; b > 0'])('names the line of what is no condition: %s', async (sql) => {
    expect(await problems(sql)).toEqual([{ line: 5, message: expect.stringMatching(/^constraints\.odd: /) }]);
  });

  it.each([
    ['c > 0', /"c"/],
    ['count(*) > 0', /aggregates/],
    ['b', /is no condition: it gives a VARCHAR/],
  ])('names the line of what the columns do not fit: %s', async (sql, message) => {
    expect(await problems(sql)).toEqual([]);
    expect(await problems(sql, true)).toEqual([{ line: 5, message: expect.stringMatching(message) }]);
  });

  it('finds nothing wrong with conditions on the columns of a row', async () => {
    expect(await problems(`"b" in ('x') or a is null`, true)).toEqual([]);
  });
});
