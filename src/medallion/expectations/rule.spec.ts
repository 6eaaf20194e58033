import { DuckDBInstance } from '@duckdb/node-api';
import { isQuarantined, keepSql, rowCheckSql, tableCheckSql, toChecks } from './check-sql.js';
import { Expectation } from './expectation.schema.js';
import { toRules } from './rule.js';

const NOW = new Date('2026-01-02T00:00:00Z');

/** What the rules find in these rows of `candidate (id INTEGER, x DOUBLE, kind VARCHAR)`. */
async function check(
  rows: string,
  ...expectations: object[]
): Promise<{ failed: number[]; kept: number; quarantined: number; checked: number[] }> {
  const rules = expectations.flatMap((expectation) => toRules(Expectation.parse(expectation), { now: NOW }));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const counts = async (sql: string) => (await connection.runAndReadAll(sql)).getRows()[0].map(Number);
  try {
    await connection.run(`create table candidate as select * from (values ${rows}) as rows (id, x, kind)`);
    await connection.run(`create view kept as ${keepSql(rules)}`);
    const checks = toChecks(rules, await counts(rowCheckSql(rules)), await counts(tableCheckSql(rules)));
    return {
      failed: checks.map(({ failed_rows: failed }) => failed),
      checked: checks.map(({ checked_rows: checked }) => checked),
      kept: (await counts('select count(*) from kept'))[0],
      quarantined: (await counts(`select count(*) from candidate where ${isQuarantined(rules)}`))[0],
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
const failed = async (rows: string, ...expectations: object[]) => (await check(rows, ...expectations)).failed;

const ROWS = `(1, 0.5, 'a'), (2, -1.0, 'b'), (2, null, 'it''s'), (null, 9.0, null)`;

describe('expectations', () => {
  it('count each column of a not_null on its own', async () => {
    expect(await failed(ROWS, { not_null: ['id', 'x'] })).toEqual([1, 1]);
  });

  it('count the rows too many of a key, and leave missing keys to not_null', async () => {
    expect(await failed(ROWS, { unique: 'id' })).toEqual([1]);
  });

  it.each([
    [`(1, 1.0, 'a'), (1, 1.0, 'a'), (1, 2.0, 'a')`, 1],
    [`(1, null, 'a'), (1, null, 'a'), (null, null, 'a')`, 0],
    [`(1, 1.0, 'a'), (1, 1.0, 'b'), (1, 1.0, 'c')`, 2],
  ])('take several columns together as one key: %s', async (rows, expected) => {
    expect(await failed(rows, { unique: ['id', 'x'] })).toEqual([expected]);
  });

  it('include both ends of a between and leave missing values alone', async () => {
    expect(await failed(ROWS, { between: { column: 'x', min: -1, max: 0.5 } }, { between: { column: 'x', min: 0 } })).toEqual([
      1, 1,
    ]);
  });

  it('compare with text that has quotes in it', async () => {
    expect(await failed(ROWS, { in_set: { column: 'kind', values: ['a', "it's"] } })).toEqual([1]);
  });

  it.each([
    [{ min: 2 }, 2],
    [{ max: 1 }, 1],
    [{ min: 1, max: 4 }, 0],
  ])('measure the length of text in characters: %j', async (bounds, expected) => {
    expect(
      await failed(`(1, 1.0, 'é'), (2, 1.0, 'it''s'), (3, 1.0, null), (4, 1.0, '字')`, { length: { column: 'kind', ...bounds } }),
    ).toEqual([expected]);
  });

  it.each([
    ['integer', ['12', ' -7 ', '9007199254740993'], ['12.5', '0x10', '1e3', '']],
    ['number', ['12.5', '1e3', '-.5'], ['NaN', 'inf', '1,5', 'x']],
    ['boolean', ['true', 'F', '0'], ['maybe']],
    ['date', ['2001-02-28'], ['2001-02-30', '28/02/2001']],
    ['timestamp', ['2001-02-28T10:00:00Z', '2001-02-28 10:00:00'], ['10:00', '2001-02-28T25:00:00Z']],
    ['uuid', ['6f1c1f8e-8a52-4f0e-9a53-0d5b6f0f3c11'], ['6f1c1f8e']],
    ['json', ['{"a": [1]}', 'null'], ['{a: 1}', '']],
  ])('know text that is %s', async (is, right, wrong) => {
    const rows = [...right, ...wrong].map((text, index) => `(${index}, 1.0, '${text}')`).join(', ');
    expect(await failed(rows, { type: { column: 'kind', is } })).toEqual([wrong.length]);
  });

  it('find a pattern anywhere in a value, and in the whole of it with anchors', async () => {
    const rows = `(1, 1.0, 'ab'), (2, 1.0, 'b'), (3, 1.0, 'it''s'), (4, 1.0, null)`;
    expect(
      await failed(rows, { regex: { column: 'kind', pattern: 'b' } }, { regex: { column: 'kind', pattern: "^(b|it's)$" } }),
    ).toEqual([1, 1]);
  });

  it('hold a condition of several columns against a row, unless a value is missing', async () => {
    expect(await failed(ROWS, { sql: { condition: 'x > id -- both are numbers' } })).toEqual([2]);
  });

  it('refuse what a query finds', async () => {
    expect(await failed(ROWS, { no_rows: { query: 'select id from kept group by id having count(*) > 1;' } })).toEqual([1]);
  });

  it.each([
    ['36 hours', 0],
    ['1 day', 0],
    ['23.5 hours', 2],
  ])('hold the newest value against the time of the build: %s', async (age, expected) => {
    const rows = `(1, 1.0, '2025-12-01T00:00:00Z'), (2, 1.0, '2026-01-01T00:00:00Z')`;
    expect(await failed(rows, { freshness: { column: 'kind', max_age: age } })).toEqual([expected]);
  });

  it('take a table without any time for stale', async () => {
    expect(await failed(`(1, 1.0, null::varchar)`, { freshness: { column: 'kind', max_age: '1 day' } })).toEqual([1]);
  });

  it.each([
    [{ min: 1 }, 0],
    [{ min: 5 }, 4],
    [{ max: 3 }, 4],
    [{ min: 2, max: 4 }, 0],
  ])('hold the number of rows against %j', async (row_count, expected) => {
    expect(await failed(ROWS, { row_count })).toEqual([expected]);
  });

  it('keep only rows that break no rule of severity drop or quarantine', async () => {
    const found = await check(
      ROWS,
      { not_null: ['id'], on_fail: 'drop' },
      { between: { column: 'x', min: 0 }, on_fail: 'quarantine' },
      { in_set: { column: 'kind', values: ['z'] }, on_fail: 'warn' },
    );
    expect([found.kept, found.quarantined]).toEqual([2, 1]);
  });

  it('look at the table without the rows that leave it', async () => {
    const found = await check(ROWS, { not_null: ['x'], on_fail: 'drop' }, { unique: ['id'] }, { row_count: { max: 3 } });
    expect([found.failed, found.checked]).toEqual([
      [1, 0, 0],
      [4, 3, 3],
    ]);
  });

  it.each([
    { unique: ['id'] },
    { row_count: { min: 1 } },
    { freshness: { column: 'id', max_age: '1 day' } },
    { no_rows: { query: 'select 1' } },
  ])('cannot take single rows away for %j', (rule) => {
    expect(Expectation.safeParse({ ...rule, on_fail: 'drop' }).success).toBe(false);
    expect(Expectation.safeParse({ ...rule, on_fail: 'quarantine' }).success).toBe(false);
    expect(Expectation.safeParse({ ...rule, on_fail: 'warn' }).success).toBe(true);
  });
});
