import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import { CommitConflictError, RowsOutsidePredicateError, SchemaMismatchError } from '../delta.errors.js';
import type { WriteRequest } from '../delta.types.js';

const CITIES = ['São Paulo', "it's 100%", 'a/b=c%20d e', 'NULL', '"quoted" \\ [x]*?'];
const cities = `SELECT i AS id, c AS city, DATE '2024-02-29' + i::INTEGER AS day
  FROM (SELECT row_number() OVER () AS i, c FROM unnest([${[...CITIES, ''].map((city) => `'${city.replaceAll("'", "''")}'`).join(', ')}, NULL]) AS u(c))`;

describe('a write', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openLake();
  });
  afterAll(() => lake.close());

  let tables = 0;
  const aTable = (): string => `silver.written_${++tables}`;
  const append = (table: string, sql: string, others: Partial<WriteRequest> = {}): ReturnType<TestLake['delta']['write']> =>
    lake.delta.write(table, { mode: 'append', query: { sql }, ...others });
  const overwrite = (table: string, sql: string, others: Partial<WriteRequest> = {}): ReturnType<TestLake['delta']['write']> =>
    append(table, sql, { ...others, mode: 'overwrite' });
  const byDay = (from: number, days: number): string =>
    `SELECT d AS day, d * 10 + i AS id FROM range(${from}, ${from + days}) AS a(d), range(10) AS b(i)`;

  describe('of partitions', () => {
    it('keeps every value of a partition column but empty text, which is none', async () => {
      const table = aTable();
      await append(table, cities, { partitionBy: ['city', 'DAY'] });
      const snapshot = await lake.another().snapshot(table);
      expect(snapshot).toMatchObject({ partitionColumns: ['city', 'day'], rows: 7 });
      expect(snapshot.files).toHaveLength(7);
      const read = await lake.query(table, 'SELECT city FROM t ORDER BY id');
      expect(read.map(({ city }) => city)).toEqual([...CITIES, null, null]);
    });

    it('keeps moments to the microsecond, numbers and signs of infinity', async () => {
      const table = aTable();
      const values = `SELECT 1 AS id, TIMESTAMPTZ '2024-02-29 12:00:00.123456+00' AS moment, 'nan'::DOUBLE AS x, -1.50::DECIMAL(5,2) AS price, true AS yes`;
      await append(table, values, { partitionBy: ['moment', 'x', 'price', 'yes'] });
      const [{ partitionValues }] = (await lake.delta.snapshot(table)).files;
      expect(partitionValues).toEqual({ moment: '2024-02-29 12:00:00.123456', x: 'NaN', price: '-1.50', yes: 'true' });
      expect(await lake.query(table, 'SELECT epoch_us(moment) AS micros, isnan(x) AS nan, price, yes FROM t')).toEqual([
        { micros: BigInt(Date.UTC(2024, 1, 29, 12)) * 1000n + 123456n, nan: true, price: '-1.50', yes: true },
      ]);
    });

    it('lets the writer look at the partition columns of its candidate', async () => {
      const seen: unknown[] = [];
      await append(aTable(), byDay(1, 2), {
        partitionBy: ['day'],
        inspect: async ({ relation }) => {
          seen.push(...(await lake.sql.rows({ sql: 'SELECT sum(day) AS days FROM c', tables: { c: relation } })));
          return undefined;
        },
      });
      expect(seen).toEqual([{ days: 30n }]);
    });

    it('goes on as the table was made, and changes only with every row', async () => {
      const table = aTable();
      await append(table, byDay(1, 2), { partitionBy: ['day'] });
      await append(table, byDay(3, 1));
      await expect(append(table, byDay(3, 1), { partitionBy: ['id'] })).rejects.toThrow('it is partitioned by "day"');
      expect((await lake.delta.snapshot(table)).files.map(({ partitionValues }) => partitionValues.day).sort()).toEqual([
        '1',
        '2',
        '3',
      ]);
      await overwrite(table, byDay(1, 2), { partitionBy: [] });
      expect(await lake.delta.snapshot(table)).toMatchObject({ partitionColumns: [], files: [{ rows: 20 }] });
    });

    it.each([
      ['nowhere', 'which is none of its columns'],
      ['list', 'whose type has no partition values'],
      ['blob', 'whose type has no partition values'],
    ])('refuses to divide by %s', async (column, message) => {
      const table = aTable();
      const writing = append(table, `SELECT 1 AS id, [1] AS list, 'a'::BLOB AS blob`, { partitionBy: [column] });
      await expect(writing).rejects.toThrow(message);
      expect(await lake.delta.exists(table)).toBe(false);
    });

    it('refuses to divide by all of its columns, and by a text too long for a folder', async () => {
      await expect(append(aTable(), 'SELECT 1 AS id', { partitionBy: ['id'] })).rejects.toThrow('it has no other');
      for (const length of [300, 30_000]) {
        const long = append(aTable(), `SELECT 1 AS id, repeat('x', ${length}) AS city`, { partitionBy: ['city'] });
        await expect(long).rejects.toMatchObject({ code: 'INVALID_PARTITION_VALUE', status: 422 });
      }
    });

    it('may make many of them, which are read and rewritten as few are', async () => {
      const table = aTable();
      const many = 'SELECT i AS file, i * 2 AS value_0, nullif(i % 50, 49) AS part FROM range(200) AS r(i)';
      await append(table, many, { partitionBy: ['part'] });
      await lake.delta.delete(table, { where: { sql: 'part = 7 OR file = 49' } });
      const counts = 'SELECT count(*) AS n, sum(value_0 - 2 * file) AS off, count(part) AS parts, sum(part) AS sum FROM t';
      expect(await lake.query(table, counts)).toEqual([{ n: 195n, off: 0n, parts: 192n, sum: BigInt(4 * (1176 - 7)) }]);
    });

    it('makes an empty table of an empty result', async () => {
      const table = aTable();
      await append(table, byDay(1, 0), { partitionBy: ['day'] });
      await append(table, byDay(1, 1));
      expect(await lake.delta.snapshot(table)).toMatchObject({ partitionColumns: ['day'], rows: 10 });
    });
  });

  describe('that may evolve the table', () => {
    it('adds columns at the end, and leaves out those that it has not', async () => {
      const table = aTable();
      await append(table, `SELECT 1 AS id, 'first' AS name`);
      await append(table, `SELECT 'red' AS colour, 2 AS id`, { evolve: true });
      expect(await lake.query(table, 'SELECT * FROM t ORDER BY id')).toEqual([
        { id: 1, name: 'first', colour: null },
        { id: 2, name: null, colour: 'red' },
      ]);
      expect((await lake.delta.history(table))[0]).toMatchObject({ filesRemoved: 0, rowsAdded: 1 });
    });

    it.each([
      ['INTEGER', 'BIGINT', 'BIGINT'],
      ['TINYINT', 'DOUBLE', 'DOUBLE'],
      ['INTEGER', 'DECIMAL(5,2)', 'DECIMAL(12,2)'],
      ['DECIMAL(5,2)', 'DECIMAL(6,4)', 'DECIMAL(7,4)'],
      ['FLOAT', 'INTEGER', 'DOUBLE'],
    ])('%s and %s become %s, in every file', async (before, given, after) => {
      const table = aTable();
      await append(table, `SELECT 1::${before} AS n`);
      const commit = await append(table, `SELECT 2::${given} AS n`, { evolve: true });
      expect(commit).toMatchObject({ filesAdded: 2, filesRemoved: 1, rowsAdded: 1, rowsRemoved: 0 });
      expect((await lake.delta.snapshot(table)).columns).toMatchObject([{ type: after }]);
      expect(await lake.query(table, 'SELECT sum(n)::INTEGER AS sum FROM t')).toEqual([{ sum: 3 }]);
      const [{ type }] = await lake.sql.describe({
        sql: 'SELECT n FROM f',
        tables: { f: { format: 'parquet', files: await filesOf(table) } },
      });
      expect(type).toBe(after);
    });

    it('says beforehand what becomes of a column', () => {
      expect(lake.delta.commonType({ name: 'n', type: 'INTEGER' }, { name: 'n', type: 'DECIMAL(5,2)' })).toBe('DECIMAL(12,2)');
      expect(lake.delta.commonType({ name: 'n', type: 'VARCHAR' }, { name: 'n', type: 'INTEGER' })).toBeUndefined();
    });

    it('needs no new files where only partition values widen', async () => {
      const table = aTable();
      await append(table, 'SELECT 1::INTEGER AS day, 1 AS id', { partitionBy: ['day'] });
      const commit = await append(table, 'SELECT 9007199254740993::BIGINT AS day, 1 AS id', { evolve: true });
      expect(commit).toMatchObject({ filesAdded: 1, filesRemoved: 0 });
      expect(await lake.query(table, 'SELECT max(day) AS last FROM t')).toEqual([{ last: 9007199254740993n }]);
    });

    it.each([
      ['BIGINT', 'DOUBLE'],
      ['VARCHAR', 'INTEGER'],
      ['DATE', 'TIMESTAMP'],
      ['INTEGER[]', 'BIGINT[]'],
    ])('refuses %s beside %s, which no type holds without loss', async (before, given) => {
      const table = aTable();
      await append(table, `SELECT NULL::${before} AS n`);
      await expect(append(table, `SELECT NULL::${given} AS n`, { evolve: true })).rejects.toThrow(SchemaMismatchError);
    });

    it('fails when rows came while it widened the others', async () => {
      const table = aTable();
      await append(table, 'SELECT 1::INTEGER AS n');
      const inspect = async (): Promise<undefined> =>
        void (await lake.another().write(table, { mode: 'append', query: { sql: 'SELECT 3::INTEGER AS n' } }));
      await expect(append(table, 'SELECT 2::BIGINT AS n', { evolve: true, inspect })).rejects.toThrow(CommitConflictError);
      expect(await lake.query(table, 'SELECT sum(n)::INTEGER AS sum FROM t')).toEqual([{ sum: 4 }]);
    });
  });

  describe('of the rows that a condition is about', () => {
    const where = { sql: 'day = $1', parameters: [2] };

    it('replaces them, and leaves the files of all others as they are', async () => {
      const table = aTable();
      await append(table, byDay(1, 3), { partitionBy: ['day'] });
      const before = await filesOf(table);
      const commit = await overwrite(table, 'SELECT 2::BIGINT AS day, 7::BIGINT AS id', { where });
      expect(commit).toMatchObject({ rowsAdded: 1, rowsRemoved: 10, filesAdded: 1, filesRemoved: 1 });
      expect((await filesOf(table)).filter((file) => before.includes(file))).toHaveLength(2);
      expect(await lake.query(table, 'SELECT day, count(*) AS n FROM t GROUP BY day ORDER BY day')).toEqual([
        { day: 1n, n: 10n },
        { day: 2n, n: 1n },
        { day: 3n, n: 10n },
      ]);
    });

    it('copies the other rows of a file that it shares with them', async () => {
      const table = aTable();
      await append(table, byDay(1, 3));
      const commit = await overwrite(table, 'SELECT 2::BIGINT AS day, 7::BIGINT AS id', { where });
      expect(commit).toMatchObject({ rowsAdded: 1, rowsRemoved: 10, filesRemoved: 1 });
      expect(await lake.delta.snapshot(table)).toMatchObject({ rows: 21 });
    });

    it('refuses new rows that it is not about', async () => {
      const table = aTable();
      await append(table, byDay(1, 3));
      const wrong = overwrite(table, 'SELECT 3::BIGINT AS day, 7::BIGINT AS id', { where });
      await expect(wrong).rejects.toThrow(RowsOutsidePredicateError);
      expect(await filesOf(table, true)).toHaveLength(1);
    });

    it('lets rows of elsewhere come meanwhile, and no rows that it would have replaced', async () => {
      const table = aTable();
      await append(table, byDay(1, 3), { partitionBy: ['day'] });
      const meanwhile = (day: number) => async (): Promise<undefined> =>
        void (await lake.another().write(table, { mode: 'append', query: { sql: byDay(day, 1) } }));
      await overwrite(table, byDay(2, 1), { where, inspect: meanwhile(1) });
      await expect(overwrite(table, byDay(2, 1), { where, inspect: meanwhile(2) })).rejects.toThrow('may hold rows');
      expect(await lake.delta.snapshot(table)).toMatchObject({ rows: 50 });
    });

    it.each(['day = 2) OR (true', 'day = 2 GROUP BY day', 'day IN (SELECT 1 FROM u)', 'day =', 'nowhere = 1'])(
      'refuses "%s"',
      async (sql) => {
        const table = aTable();
        await append(table, byDay(1, 3));
        await expect(overwrite(table, byDay(2, 1), { where: { sql } })).rejects.toMatchObject({
          code: expect.stringMatching(/^SQL_/),
        });
        expect(await lake.delta.snapshot(table)).toMatchObject({ version: 0, rows: 30 });
      },
    );

    it('belongs to an overwrite', async () => {
      await expect(append(aTable(), byDay(2, 1), { where })).rejects.toMatchObject({ code: 'INVALID_CHANGE' });
    });
  });

  async function filesOf(table: string, all = false): Promise<string[]> {
    const paths = all
      ? (await lake.storage.list(`${table.replace('.', '/')}/`))
          .map(({ path }) => path)
          .filter((path) => path.endsWith('.parquet'))
      : (await lake.delta.snapshot(table)).files.map(({ path }) => path);
    return Promise.all(paths.map((path) => lake.storage.localFile(path)));
  }
});
