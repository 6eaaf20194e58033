import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { WriteRequest } from '../../src/delta/delta.types.js';
import { openLake, type TestLake } from '../fixtures/lake.js';
import { DELTALAKE } from './deltalake/packages.js';
import { PythonEnvironment } from './servers/python-environment.js';

const SCRIPTS = join(import.meta.dirname, 'deltalake');

interface Seen {
  readonly version: number;
  readonly protocol: readonly [number, number];
  readonly deltalake: readonly Record<string, unknown>[];
  readonly duckdb: readonly Record<string, unknown>[];
}

let python: PythonEnvironment;
let lake: TestLake;
beforeAll(async () => {
  python = await PythonEnvironment.open('deltalake', DELTALAKE);
  lake = await openLake();
}, 600_000);
afterAll(() => lake?.close());

const folderOf = (table: string): string => join(lake.folder, table.replace('.', '/'));
const write = (table: string, sql: string, others: Partial<WriteRequest> = {}): ReturnType<TestLake['delta']['write']> =>
  lake.delta.write(table, { mode: 'append', query: { sql }, ...others });
const change = (table: string, ...args: string[]): Promise<{ version: number; refused: string | null }> =>
  python.run(join(SCRIPTS, 'change_table.py'), folderOf(table), ...args);
const numbers = (from: number): string =>
  `SELECT i AS id, i % 3 AS part, 'n' || i AS name FROM range(${from}, ${from + 10}) AS r(i)`;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id);

/** The ids that all three of us see, in order. */
async function idsOf(table: string): Promise<number[]> {
  const { deltalake, duckdb, version } = await seen(table);
  const ours = await lake.query(await lake.another().snapshot(table), 'SELECT id FROM t ORDER BY id');
  const ids = ours.map(({ id }) => Number(id));
  expect(deltalake.map(({ id }) => id)).toEqual(ids);
  expect(duckdb).toEqual(deltalake);
  expect(await lake.another().snapshot(table)).toMatchObject({ version, rows: ids.length });
  return ids;
}

const seen = (table: string): Promise<Seen> => python.run<Seen>(join(SCRIPTS, 'read_both.py'), folderOf(table), 'id');

describe('deltalake and DuckDB read', () => {
  it('partition values with everything that paths escape, and none', async () => {
    const cities = ['São Paulo', "it's 100%", 'a/b=c%20d e', 'NULL', '"quoted" \\ [x]*?', '東京', 'a+b&c#d'];
    const list = cities.map((city) => `'${city.replaceAll("'", "''")}'`).join(', ');
    await write(
      'silver.partitioned',
      `SELECT row_number() OVER () AS id, c AS city, DATE '2024-02-29' AS day, TIMESTAMPTZ '2024-02-29 12:00:00.123456+00' AS moment,
         1.50::DECIMAL(10,2) AS price, true AS open FROM unnest([${list}, NULL]) AS u(c)`,
      { partitionBy: ['city', 'day', 'moment', 'price', 'open'] },
    );
    const { deltalake, duckdb } = await seen('silver.partitioned');
    const rest = { day: '2024-02-29', moment: '2024-02-29 12:00:00.123456+00:00', price: '1.50', open: true };
    const expected = [...cities, null].map((city, index) => ({ id: index + 1, city, ...rest }));
    expect(deltalake).toEqual(expected);
    expect(duckdb).toEqual(expected);
  });

  it('what was deleted, updated, overwritten in part, compacted and restored', async () => {
    const table = 'silver.changed';
    for (const from of [0, 10, 20]) await write(table, numbers(from), { partitionBy: ['part'] });
    await lake.delta.delete(table, { where: { sql: 'id BETWEEN $1 AND $2', parameters: [5, 14] } });
    expect(await idsOf(table)).toEqual(upTo(30).filter((id) => id < 5 || id > 14));
    await lake.delta.update(table, { where: { sql: 'id = 20' }, set: { id: '99', part: 'NULL' } });
    expect((await idsOf(table)).at(-1)).toBe(99);
    await write(table, 'SELECT 98 AS id, NULL::BIGINT AS part, NULL::VARCHAR AS name', {
      mode: 'overwrite',
      where: { sql: 'part IS NULL' },
    });
    expect((await idsOf(table)).at(-1)).toBe(98);
    await lake.delta.optimize(table, { sortBy: ['id'] });
    expect(await idsOf(table)).toHaveLength(20);
    await lake.delta.restore(table, { version: 2 });
    expect(await idsOf(table)).toEqual(upTo(30));
    await lake.delta.vacuum(table, { retentionHours: 0, force: true });
    expect(await idsOf(table)).toEqual(upTo(30));
  });

  it('columns that came later or widened', async () => {
    const table = 'silver.evolved';
    await write(table, 'SELECT 1::BIGINT AS id, 1::INTEGER AS n, 0.5::FLOAT AS x, 7::SMALLINT AS part', {
      partitionBy: ['part'],
    });
    await write(table, "SELECT 2::BIGINT AS id, 5000000000 AS n, 1.5::DOUBLE AS x, 70000 AS part, 'red' AS colour", {
      evolve: true,
    });
    const expected = [
      { id: 1, n: 1, x: 0.5, part: 7, colour: null },
      { id: 2, n: 5000000000, x: 1.5, part: 70000, colour: 'red' },
    ];
    expect(await seen(table)).toMatchObject({ protocol: [1, 2], deltalake: expected, duckdb: expected });
  });

  it('the checkpoint of a partitioned table alone, once the log before it is cleaned', async () => {
    const table = 'silver.cleaned';
    for (let version = 0; version < 12; version++) await write(table, numbers(10 * version), { partitionBy: ['part', 'name'] });
    for (let version = 0; version < 10; version++) {
      await rm(join(folderOf(table), '_delta_log', `${String(version).padStart(20, '0')}.json`));
    }
    expect(await idsOf(table)).toEqual(upTo(120));
  });
});

describe('deltalake goes on', () => {
  it('with a partitioned table that we changed, and we with what it made of it', async () => {
    const table = 'silver.shared';
    await write(table, numbers(0), { partitionBy: ['part', 'name'] });
    await lake.delta.delete(table, { where: { sql: 'id = 3' } });
    expect(
      await change(
        table,
        'append',
        JSON.stringify([
          { id: 50, part: 2, name: "São 'x' 100%/é" },
          { id: 51, part: null, name: null },
        ]),
      ),
    ).toMatchObject({ refused: null });
    await lake.delta.update(table, { where: { sql: 'id >= 50' }, set: { id: 'id + 1' } });
    expect(await change(table, 'delete', 'id = 4')).toMatchObject({ refused: null });
    await lake.delta.optimize(table);
    expect(await change(table, 'optimize')).toMatchObject({ refused: null });
    await write(table, numbers(60));
    expect(await idsOf(table)).toEqual([0, 1, 2, 5, 6, 7, 8, 9, 51, 52, ...upTo(70).slice(60)]);
    const [{ name }] = await lake.query(table, 'SELECT name FROM t WHERE id = 51');
    expect(name).toBe("São 'x' 100%/é");
  });

  it('with what we merged, and we with what it merged', async () => {
    const table = 'silver.merged';
    await write(table, numbers(0), { partitionBy: ['part'] });
    await write(table, numbers(10));
    await lake.delta.merge(table, {
      source: { sql: "SELECT id, id % 2 AS part, 'ours' AS name FROM unnest([3, 15, 30]) AS u(id)" },
      ...{ keys: ['id'], whenMatched: [{ update: 'all' }], whenNotMatched: [{ insert: 'all' }] },
      whenNotMatchedBySource: [{ when: 'target.id = 7', delete: true }],
    });
    expect(await idsOf(table)).toEqual([...upTo(20).filter((id) => id !== 7), 30]);
    const rows = [3, 40].map((id) => ({ id, part: 1, name: 'theirs' }));
    expect(await change(table, 'merge', JSON.stringify(rows))).toMatchObject({ refused: null });
    expect((await lake.another().history(table, 1))[0]).toMatchObject({ operation: 'MERGE', rowsAdded: 2, rowsRemoved: 1 });
    expect(await idsOf(table)).toEqual([...upTo(20).filter((id) => id !== 7), 30, 40]);
    expect(await lake.query(table, "SELECT id::INTEGER AS id, name FROM t WHERE name IN ('ours', 'theirs') ORDER BY id")).toEqual(
      [
        ...[
          { id: 3, name: 'theirs' },
          { id: 15, name: 'ours' },
          { id: 30, name: 'ours' },
          { id: 40, name: 'theirs' },
        ],
      ],
    );
  });

  it('with our constraint, and keeps it', async () => {
    const table = 'silver.constrained';
    await write(table, numbers(0));
    await lake.delta.setConstraint(table, 'few', '"id" < 100 AND name IS NOT NULL');
    expect(await seen(table)).toMatchObject({ protocol: [1, 3] });
    const row = (id: number): string => JSON.stringify([{ id, part: 1, name: 'x' }]);
    expect(await change(table, 'append', row(100))).toMatchObject({
      version: 1,
      refused: expect.stringContaining('failed validation'),
    });
    expect(await change(table, 'append', row(99))).toMatchObject({ version: 2, refused: null });
    expect((await idsOf(table)).at(-1)).toBe(99);
  });
});
