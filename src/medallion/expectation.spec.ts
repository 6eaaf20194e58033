import { DuckDBInstance } from '@duckdb/node-api';
import { checkSql, keepSql, toChecks, toRules } from './expectation.js';
import { Expectation } from './model.schema.js';

/** What the rules find in these rows of `candidate (id INTEGER, x DOUBLE, kind VARCHAR)`. */
async function check(rows: string, ...expectations: object[]): Promise<{ failed: number[]; kept: number }> {
  const rules = expectations.flatMap((expectation) => toRules(Expectation.parse(expectation)));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`create table candidate as select * from (values ${rows}) as rows (id, x, kind)`);
    const [counts] = (await connection.runAndReadAll(checkSql(rules))).getRows();
    const failed = toChecks(rules, counts.map(Number)).map(({ failed_rows }) => failed_rows);
    const drops = rules.some(({ severity, holds }) => severity === 'drop' && holds);
    const kept = drops ? (await connection.runAndReadAll(keepSql(rules))).currentRowCount : -1;
    return { failed, kept };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const ROWS = `(1, 0.5, 'a'), (2, -1.0, 'b'), (2, null, 'it''s'), (null, 9.0, null)`;

describe('expectations', () => {
  it('count each column of a not_null on its own', async () => {
    expect((await check(ROWS, { not_null: ['id', 'x'] })).failed).toEqual([1, 1]);
  });

  it('count the rows too many of a key, and leave missing keys to not_null', async () => {
    expect((await check(ROWS, { unique: 'id' })).failed).toEqual([1]);
  });

  it('take several columns together as one key', async () => {
    expect((await check(`(1, 1.0, 'a'), (1, 1.0, 'a'), (1, 2.0, 'a')`, { unique: ['id', 'x'] })).failed).toEqual([1]);
  });

  it('include both ends of a between and leave missing values alone', async () => {
    expect(
      (await check(ROWS, { between: { column: 'x', min: -1, max: 0.5 } }, { between: { column: 'x', min: 0 } })).failed,
    ).toEqual([1, 1]);
  });

  it('compare with text that has quotes in it', async () => {
    expect((await check(ROWS, { in_set: { column: 'kind', values: ['a', "it's"] } })).failed).toEqual([1]);
  });

  it.each([
    [{ min: 1 }, 0],
    [{ min: 5 }, 4],
    [{ max: 3 }, 4],
    [{ min: 2, max: 4 }, 0],
  ])('hold the number of rows against %j', async (row_count, failed) => {
    expect((await check(ROWS, { row_count })).failed).toEqual([failed]);
  });

  it('keep only rows that break no rule of severity drop', async () => {
    const { kept } = await check(
      ROWS,
      { not_null: ['id'], on_fail: 'drop' },
      { between: { column: 'x', min: 0 }, on_fail: 'drop' },
      { in_set: { column: 'kind', values: ['z'] }, on_fail: 'warn' },
    );
    expect(kept).toBe(2);
  });

  it('cannot drop rows for a rule that is not about single rows', () => {
    expect(Expectation.safeParse({ unique: ['id'], on_fail: 'drop' }).success).toBe(false);
  });
});
