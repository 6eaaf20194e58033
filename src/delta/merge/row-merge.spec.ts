import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import { numberedTables } from '../../../test/fixtures/numbered-tables.js';
import type { Query } from '../../engines/sql/sql.port.js';
import {
  AmbiguousMergeError,
  CommitConflictError,
  InvalidChangeError,
  RowRuleError,
  SchemaMismatchError,
  TableNotFoundError,
} from '../delta.errors.js';
import type { DeltaService } from '../delta.service.js';
import type { Commit, MergeRequest } from '../delta.types.js';

describe('a merge', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openLake();
  });
  afterAll(() => lake.close());

  /** Two files of five rows, ids 0 to 9. */
  const { append, aTable } = numberedTables(() => lake, { name: 'merged', files: 2, rows: 5 });
  const UPSERT = { keys: ['id'], whenMatched: [{ update: 'all' }], whenNotMatched: [{ insert: 'all' }] } as const;
  const merge = (table: string, sql: string | Query, others: Partial<MergeRequest> = {}): Promise<Commit> =>
    lake.delta.merge(table, { source: typeof sql === 'string' ? { sql } : sql, ...UPSERT, ...others });
  const rowsOf = async (table: string, columns = 'id, name'): Promise<string[]> =>
    (await lake.query(table, `SELECT ${columns} FROM t ORDER BY ALL`)).map((row) => Object.values(row).join(' '));
  const paths = async (table: string): Promise<string[]> => (await lake.delta.snapshot(table)).files.map(({ path }) => path);
  const numbers = (...ids: number[]): string[] => ids.map((id) => `${id} n${id}`);
  const row = (id: number, name: string, half = id % 2): string =>
    `SELECT ${id}::BIGINT AS id, '${name}' AS name, ${half}::BIGINT AS half`;

  it('changes the rows that match and adds the others, and leaves files alone that hold none of them', async () => {
    const table = await aTable();
    const before = await paths(table);
    const commit = await merge(table, `${row(7, 'new')} UNION ALL ${row(20, 'added')}`);
    expect(commit).toMatchObject({ operation: 'MERGE', version: 2, rowsAdded: 2, rowsRemoved: 1, filesRemoved: 1 });
    expect(await rowsOf(table)).toEqual([...numbers(0, 1, 2, 3, 4, 5, 6), '7 new', ...numbers(8, 9), '20 added']);
    expect((await paths(table)).filter((path) => before.includes(path))).toEqual([before[0]]);
    expect(await lake.delta.snapshot(table)).toMatchObject({ rows: 11 });
  });

  it('takes for each row the first clause whose condition is true', async () => {
    const table = await aTable();
    const source = `SELECT i AS id, CASE i % 3 WHEN 0 THEN 'gone' WHEN 1 THEN 'more' END AS word FROM range(3, 12) AS r(i)`;
    await merge(table, source, {
      whenMatched: [
        { when: "source.word = 'gone'", delete: true },
        { when: "source.word = 'more'", update: { NAME: "target.name || '+'", half: 'source.id * 10' } },
      ],
      whenNotMatched: [{ when: 'source.id = 10', insert: { id: 'source.id', name: 'source.word' } }],
    });
    expect(await rowsOf(table, 'id, name, half')).toEqual([
      ...['0 n0 0', '1 n1 1', '2 n2 0', '4 n4+ 40', '5 n5 1', '7 n7+ 70', '8 n8 0', '10 more '],
    ]);
  });

  it('changes or removes rows that match none of the source', async () => {
    const table = await aTable();
    const commit = await merge(table, row(3, 'kept'), {
      whenNotMatchedBySource: [
        { when: 'target.id >= 6', delete: true },
        { when: 'target.half = 0', update: { name: "'closed'" } },
      ],
    });
    expect(await rowsOf(table)).toEqual(['0 closed', '1 n1', '2 closed', '3 kept', '4 closed', '5 n5']);
    expect(commit).toMatchObject({ rowsAdded: 4, rowsRemoved: 8 });
  });

  it('counts what it did in the log', async () => {
    const table = await aTable();
    await merge(table, `${row(7, 'new')} UNION ALL ${row(8, 'gone')} UNION ALL ${row(20, 'added')}`, {
      whenMatched: [{ when: "source.name = 'gone'", delete: true }, { update: 'all' }],
      info: { why: 'asked to' },
    });
    const entry = String(await lake.storage.read(`${table.replace('.', '/')}/_delta_log/${'2'.padStart(20, '0')}.json`));
    expect(JSON.parse(entry.split('\n')[0]).commitInfo).toMatchObject({
      operationParameters: {
        predicate: 'target.id = source.id',
        matchedPredicates: `[{"predicate":"source.name = 'gone'","actionType":"delete"},{"actionType":"update"}]`,
      },
      operationMetrics: {
        ...{ numSourceRows: '3', numTargetRowsInserted: '1', numTargetRowsUpdated: '1', numTargetRowsDeleted: '1' },
        ...{ numTargetRowsCopied: '3', numTargetFilesAdded: '2', numTargetFilesRemoved: '1' },
      },
      lab: { why: 'asked to' },
    });
  });

  it('finds rows by several keys, in partitions, and moves one to another', async () => {
    const table = await aTable({ partitionBy: ['half'] });
    await merge(table, row(3, 'new'), { keys: ['ID', 'half'] });
    await merge(table, row(5, 'moved', 7));
    await merge(table, row(4, 'other', 1), { keys: ['id', 'half'] });
    expect(await rowsOf(table, 'half, id, name')).toEqual([
      ...['0 0 n0', '0 2 n2', '0 4 n4', '0 6 n6', '0 8 n8', '1 1 n1', '1 3 new', '1 4 other', '1 7 n7', '1 9 n9', '7 5 moved'],
    ]);
  });

  it('matches nothing with a missing key, and only where its own condition is true', async () => {
    const table = await aTable();
    await append(table, 0, { query: { sql: "SELECT NULL::BIGINT AS id, 'none' AS name, 0::BIGINT AS half" } });
    await merge(table, "SELECT NULL::BIGINT AS id, 'nothing' AS name, 0::BIGINT AS half");
    await merge(table, row(1, 'second'), { condition: 'target.half = 0' });
    expect((await rowsOf(table)).filter((text) => !/^[2-9] n/.test(text))).toEqual([
      ...['0 n0', '1 n1', '1 second', ' none', ' nothing'],
    ]);
  });

  it.each([
    ['two rows that would change the same one', {}],
    ['two that a later clause takes', { whenMatched: [{ when: 'source.id = 0', delete: true }, { update: 'all' }] }],
  ] as [string, Partial<MergeRequest>][])('refuses %s', async (_, others) => {
    const table = await aTable();
    const source = `${row(2, 'a')} UNION ALL ${row(2, 'b')} UNION ALL ${row(3, 'c')}`;
    const merging = merge(table, source, others);
    await expect(merging).rejects.toThrow(AmbiguousMergeError);
    await expect(merging).rejects.toThrow('1 rows of table');
    await expect(merging).rejects.toThrow('such as {"id":2}');
    expect(await rowsOf(table)).toEqual(numbers(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  });

  it('takes two rows about the same one when one of them has no clause, or it goes anyway', async () => {
    const table = await aTable();
    const twice = `${row(2, 'a')} UNION ALL ${row(2, 'b')}`;
    await merge(table, twice, { whenMatched: [{ when: "source.name = 'b'", update: 'all' }] });
    await merge(table, twice.replaceAll('2::', '3::'), { whenMatched: [{ delete: true }] });
    expect(await rowsOf(table)).toEqual([...numbers(0, 1), '2 b', ...numbers(4, 5, 6, 7, 8, 9)]);
    expect((await lake.delta.history(table, 1))[0]).toMatchObject({ rowsAdded: 0, rowsRemoved: 1 });
  });

  it('adds two rows of the source with the same key', async () => {
    const table = await aTable();
    await merge(table, `${row(30, 'a')} UNION ALL ${row(30, 'b')}`);
    expect((await rowsOf(table)).slice(-2)).toEqual(['30 a', '30 b']);
  });

  it('commits nothing when nothing changes, and a transaction once', async () => {
    const table = await aTable();
    expect(await merge(table, row(1, 'x'), { whenMatched: [{ when: 'false', delete: true }] })).toMatchObject({ skipped: true });
    const txn = { appId: 'load', version: 1 };
    expect(await merge(table, row(1, 'x'), { txn })).toMatchObject({ skipped: false, version: 2 });
    expect(await merge(table, row(1, 'y'), { txn })).toMatchObject({ skipped: true, version: 2 });
    expect((await rowsOf(table))[1]).toBe('1 x');
  });

  it('leaves columns out that the table has not, or takes them', async () => {
    const table = await aTable();
    const source = `SELECT 1::INTEGER AS id, 'x' AS name, 1::BIGINT AS half, 0.5::DOUBLE AS share`;
    await merge(table, source);
    expect((await lake.delta.snapshot(table)).columns.map(({ name }) => name)).toEqual(['id', 'name', 'half']);
    await merge(table, `${source} UNION ALL SELECT 50, 'y', 0, 1.5`, { evolve: true });
    await merge(table, `SELECT 51 AS id, 'z' AS name UNION ALL SELECT 2, 'w'`, { evolve: true });
    expect((await rowsOf(table, 'id, name, half, share')).filter((text) => !/^\d n/.test(text))).toEqual([
      ...['1 x 1 0.5', '2 w 0 ', '50 y 0 1.5', '51 z  '],
    ]);
  });

  it('widens a column with all files of the table', async () => {
    const table = await aTable({ query: { sql: 'SELECT i::INTEGER AS id, 1::INTEGER AS n FROM range(5) AS r(i)' } });
    await merge(table, 'SELECT 77 AS id, 5000000000 AS n', { evolve: true });
    const { columns, rows } = await lake.delta.snapshot(table);
    expect([columns.map(({ type }) => type), rows]).toEqual([['INTEGER', 'BIGINT'], 11]);
    expect(await lake.query(table, 'SELECT sum(n)::BIGINT AS n FROM t')).toEqual([{ n: 5000000010n }]);
  });

  it('asks its source once, and lets others look at its rows first', async () => {
    const table = await aTable();
    await merge(table, "SELECT 40 + (random() * 5)::BIGINT AS id, 'r' AS name, 0::BIGINT AS half FROM range(9)", {
      inspect: async ({ relation, rows }) => {
        expect(rows).toBe(9);
        expect(await lake.sql.rows({ sql: 'SELECT count(*) AS n FROM c', tables: { c: relation } })).toEqual([{ n: 9n }]);
        return { sql: 'SELECT DISTINCT ON (id) * FROM candidate WHERE id < 40 OR id >= 40' };
      },
    });
    const ids = (await rowsOf(table, 'id')).map(Number);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('of a table with itself is right only while that version stands', async () => {
    const table = await aTable();
    const t = await lake.delta.relation(await lake.delta.snapshot(table));
    await append(table, 60);
    const own = { sql: "SELECT * REPLACE (name || '!' AS name) FROM t WHERE id = 1", tables: { t } };
    await expect(merge(table, own)).rejects.toThrow(CommitConflictError);
  });

  it('keeps the rules for rows', async () => {
    const table = await aTable();
    await lake.delta.setConstraint(table, 'small', 'id < 100');
    await expect(merge(table, row(100, 'x'))).rejects.toThrow(RowRuleError);
    await expect(merge(table, row(1, 'x'), { whenMatched: [{ update: { id: '200' } }] })).rejects.toThrow(RowRuleError);
    await merge(table, row(99, 'x'));
  });

  it.each([
    ['no clause', { whenMatched: [], whenNotMatched: [] }, InvalidChangeError],
    ['no key', { keys: [] }, InvalidChangeError],
    ['a key that is not there', { keys: ['nowhere'] }, SchemaMismatchError],
    ['a clause behind one that takes all', { whenMatched: [{ delete: true }, { update: 'all' }] }, InvalidChangeError],
    ['a column that is not there', { whenMatched: [{ update: { nowhere: '1' } }] }, SchemaMismatchError],
    ['a clause of nothing', { whenNotMatched: [{ insert: {} }] }, InvalidChangeError],
    ['all columns of no row', { whenNotMatchedBySource: [{ update: 'all' }] }, InvalidChangeError],
    ['a source for insertions that is the table', { whenNotMatched: [{ insert: { id: 'target.id' } }] }, Error],
    ['a value that is no expression', { whenMatched: [{ update: { id: '1) ELSE 2 END AS id, (3' } }] }, Error],
    ['a value from elsewhere', { whenMatched: [{ update: { id: '(SELECT 1 FROM other)' } }] }, Error],
    ['a condition that is another each time', { condition: 'random() < 0.5' }, Error],
    ['a value that does not fit', { whenMatched: [{ update: { id: "'abc'" } }] }, Error],
    ['columns that are missing', { source: { sql: 'SELECT 1 AS id' } }, SchemaMismatchError],
    ['columns of another type', { source: { sql: `SELECT 1 AS id, [1] AS name, 1 AS half` } }, SchemaMismatchError],
    ['a key of another type', { source: { sql: `SELECT [1] AS id, 'x' AS name, 1 AS half` } }, SchemaMismatchError],
  ] as [string, Partial<MergeRequest>, new (...args: never[]) => Error][])('refuses %s', async (_, others, error) => {
    const table = await aTable();
    await expect(merge(table, row(1, 'x'), others)).rejects.toThrow(error);
    expect(await lake.delta.snapshot(table)).toMatchObject({ version: 1, rows: 10 });
  });

  it('of no table is refused', async () => {
    await expect(merge('silver.nowhere', row(1, 'x'))).rejects.toThrow(TableNotFoundError);
  });

  describe('beside another writer', () => {
    const after = async (table: string, sql: string, theirs: (delta: DeltaService) => Promise<unknown>): Promise<Commit> => {
      const inspect = async (): Promise<undefined> => void (await theirs(lake.another()));
      return merge(table, sql, { inspect });
    };
    const other = (table: string, from: number) => (delta: DeltaService) =>
      delta.write(table, {
        ...{
          mode: 'append',
          query: { sql: `SELECT i AS id, 'n' || i AS name, 0::BIGINT AS half FROM range(${from}, ${from + 5}) AS r(i)` },
        },
      });

    it('fails when a row came with one of its keys', async () => {
      const table = await aTable();
      await expect(after(table, row(52, 'x'), other(table, 50))).rejects.toThrow(CommitConflictError);
      expect((await rowsOf(table)).at(-1)).toBe('54 n54');
    });

    it('fails when a row that it changes was changed', async () => {
      const table = await aTable();
      const theirs = (delta: DeltaService): Promise<unknown> =>
        delta.update(table, { where: { sql: 'id = 7' }, set: { name: "'theirs'" } });
      await expect(after(table, row(6, 'x'), theirs)).rejects.toThrow('was removed or rewritten');
    });

    it('stands when others came or went', async () => {
      const table = await aTable();
      await after(table, row(6, 'x'), async (delta) => {
        await other(table, 50)(delta);
        await delta.delete(table, { where: { sql: 'id = 1' } });
      });
      expect(await rowsOf(table)).toEqual([...numbers(0, 2, 3, 4, 5), '6 x', ...numbers(7, 8, 9, 50, 51, 52, 53, 54)]);
    });
  });
});
