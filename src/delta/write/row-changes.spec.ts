import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import { numberedTables } from '../../../test/fixtures/numbered-tables.js';
import { AppendOnlyTableError, CommitConflictError, SchemaMismatchError, TableNotFoundError } from '../delta.errors.js';
import { type DeltaService } from '../delta.service.js';
import type { Commit } from '../delta.types.js';

describe('rows of a table', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openLake();
  });
  afterAll(() => lake.close());

  /** Three files of ten rows. */
  const { aTable } = numberedTables(() => lake, { name: 'changed', files: 3, rows: 10 });
  const paths = async (table: string): Promise<string[]> => (await lake.delta.snapshot(table)).files.map(({ path }) => path);
  const ids = async (table: string, where = 'true'): Promise<number[]> =>
    (await lake.query(table, `SELECT id FROM t WHERE ${where} ORDER BY id`)).map(({ id }) => Number(id));
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id);

  describe('are deleted', () => {
    it('and only the files are written anew that held some of them', async () => {
      const table = await aTable();
      const before = await paths(table);
      const commit = await lake.delta.delete(table, { where: { sql: 'id >= $1 AND id < $2', parameters: [8, 12] } });
      expect(commit).toMatchObject({ operation: 'DELETE', rowsAdded: 0, rowsRemoved: 4, filesAdded: 1, filesRemoved: 2 });
      expect((await paths(table)).filter((path) => before.includes(path))).toEqual([before[2]]);
      expect(await ids(table)).toEqual(upTo(30).filter((id) => id < 8 || id >= 12));
    });

    it('and a file that held nothing else just goes', async () => {
      const table = await aTable();
      expect(await lake.delta.delete(table, { where: { sql: 'id < 10' } })).toMatchObject({ filesAdded: 0, filesRemoved: 1 });
    });

    it('and a partition that held nothing else, too', async () => {
      const table = await aTable({ partitionBy: ['half'] });
      await lake.delta.delete(table, { where: { sql: 'half = 1' } });
      expect(await ids(table)).toEqual(upTo(30).filter((id) => id % 2 === 0));
    });

    it('from every partition that has some, each in its place', async () => {
      const table = await aTable({ partitionBy: ['half'] });
      await lake.delta.delete(table, { where: { sql: 'id IN (0, 11)' } });
      expect(await ids(table, 'half = 1')).toEqual(upTo(30).filter((id) => id % 2 === 1 && id !== 11));
    });

    it('but not those of which the condition is not known', async () => {
      const table = await aTable();
      await lake.delta.write(table, {
        mode: 'append',
        query: { sql: 'SELECT NULL::BIGINT AS id, NULL::VARCHAR AS name, 0::BIGINT AS half' },
      });
      await lake.delta.delete(table, { where: { sql: 'id >= 0' } });
      expect(await lake.query(table, 'SELECT * FROM t')).toEqual([{ id: null, name: null, half: 0n }]);
    });

    it('or nothing is committed when there are none', async () => {
      const table = await aTable();
      expect(await lake.delta.delete(table, { where: { sql: 'id > 99' } })).toMatchObject({ skipped: true, version: 2 });
      const recorded = await lake.delta.delete(table, { where: { sql: 'id > 99' }, txn: { appId: 'a', version: 1 } });
      expect(recorded).toMatchObject({ skipped: false, version: 3 });
      expect(await lake.delta.delete(table, { where: { sql: 'true' }, txn: { appId: 'a', version: 1 } })).toMatchObject({
        skipped: true,
      });
    });

    it('with counts in the log', async () => {
      const table = await aTable();
      await lake.delta.delete(table, { where: { sql: 'id < 4' }, info: { why: 'asked to' } });
      expect((await lake.delta.history(table, 1))[0]).toMatchObject({ info: { why: 'asked to' } });
      const entry = String(await lake.storage.read(`${table.replace('.', '/')}/_delta_log/${'3'.padStart(20, '0')}.json`));
      expect(JSON.parse(entry.split('\n')[0]).commitInfo).toMatchObject({
        operationParameters: { predicate: 'id < 4' },
        operationMetrics: { numDeletedRows: '4', numCopiedRows: '6', numRemovedFiles: '1', numAddedFiles: '1' },
      });
    });

    it.each(['random() < 0.5', "id = 1 OR (name > 'a' AND gen_random_uuid()::varchar < '8')"])(
      'by no condition that is true for other rows when it is asked again: %s',
      async (sql) => {
        const table = await aTable();
        await expect(lake.delta.delete(table, { where: { sql } })).rejects.toThrow('gives another answer each time');
        expect(await ids(table)).toEqual(upTo(30));
      },
    );
  });

  describe('are updated', () => {
    it('where a condition is true, with the values of the old row', async () => {
      const table = await aTable();
      const commit = await lake.delta.update(table, {
        where: { sql: 'id BETWEEN $1 AND $2', parameters: [8, 11, '!'] },
        set: { NAME: 'name || $3', id: 'id + 100' },
      });
      expect(commit).toMatchObject({ operation: 'UPDATE', rowsAdded: 4, rowsRemoved: 4, filesRemoved: 2 });
      expect(await lake.query(table, 'SELECT id, name FROM t WHERE id >= 100 ORDER BY id')).toEqual(
        [8, 9, 10, 11].map((id) => ({ id: BigInt(id + 100), name: `n${id}!` })),
      );
      expect(await lake.delta.snapshot(table)).toMatchObject({ rows: 30 });
    });

    it('all of them without a condition, from one partition to another', async () => {
      const table = await aTable({ partitionBy: ['half'] });
      await lake.delta.update(table, { set: { half: '7' } });
      expect((await lake.delta.snapshot(table)).files.map(({ partitionValues }) => partitionValues)).toEqual([{ half: '7' }]);
    });

    it.each([
      [{ nowhere: '1' }, SchemaMismatchError],
      [{ id: "'abc'" }, Error],
      [{ id: '1) ELSE 2 END AS id, (3' }, Error],
    ])('but not with %j', async (set, error) => {
      const table = await aTable();
      await expect(lake.delta.update(table, { set: set as unknown as Record<string, string> })).rejects.toThrow(error);
      expect(await ids(table)).toEqual(upTo(30));
    });
  });

  describe('that another writer touched meanwhile', () => {
    const after = async (table: string, theirs: (delta: DeltaService) => Promise<unknown>): Promise<Promise<Commit>> => {
      const { stage } = lake.storage;
      lake.storage.stage = async () => {
        lake.storage.stage = stage;
        await theirs(lake.another());
        return stage.call(lake.storage);
      };
      return lake.delta.delete(table, { where: { sql: 'id < 5' } }).finally(() => (lake.storage.stage = stage));
    };

    it('are not deleted when their file was rewritten', async () => {
      const table = await aTable();
      await expect(after(table, (delta) => delta.delete(table, { where: { sql: 'id = 7' } }))).rejects.toThrow(
        'was removed or rewritten',
      );
      expect(await ids(table)).toEqual(upTo(30).filter((id) => id !== 7));
    });

    it('are not deleted when some came that would have to go, too', async () => {
      const table = await aTable();
      await expect(after(table, () => append2(table, 0))).rejects.toThrow(CommitConflictError);
    });

    it('are deleted when others came or went', async () => {
      const table = await aTable();
      await after(table, async (delta) => {
        await append2(table, 50);
        await delta.delete(table, { where: { sql: 'id = 27' } });
      });
      expect(await ids(table)).toEqual([...upTo(30).filter((id) => id >= 5 && id !== 27), ...upTo(60).slice(50)]);
    });

    const append2 = (table: string, from: number): Promise<Commit> =>
      lake.another().write(table, {
        ...{
          mode: 'append',
          query: { sql: `SELECT i AS id, 'n' || i AS name, i % 2 AS half FROM range(${from}, ${from + 10}) AS r(i)` },
        },
      });
  });

  it('stay in a table that only takes new ones', async () => {
    const table = await aTable();
    const path = `${table.replace('.', '/')}/_delta_log/${'0'.repeat(20)}.json`;
    const log = String(await lake.storage.read(path)).replace(
      '"configuration":{}',
      '"configuration":{"delta.appendOnly":"true"}',
    );
    await lake.storage.write(path, Buffer.from(log));
    const delta = lake.another();
    await expect(delta.delete(table, { where: { sql: 'true' } })).rejects.toThrow(AppendOnlyTableError);
    await expect(delta.update(table, { set: { id: '1' } })).rejects.toThrow(AppendOnlyTableError);
    await expect(delta.restore(table, { version: 0 })).rejects.toThrow(AppendOnlyTableError);
    expect(await delta.optimize(table)).toMatchObject({ filesAdded: 1, filesRemoved: 3 });
  });

  it('are found by a read that says which it wants', async () => {
    const table = await aTable();
    const relation = await lake.delta.relation(await lake.delta.snapshot(table), { sql: 'id > $1', parameters: [25] });
    expect(relation).toMatchObject({ files: [expect.any(String)] });
    expect(await lake.sql.rows({ sql: 'SELECT count(*) AS n FROM t', tables: { t: relation } })).toEqual([{ n: 10n }]);
  });

  it.each(['delete', 'update', 'optimize', 'vacuum', 'restore', 'cleanLog', 'setConstraint', 'dropConstraint'] as const)(
    'of no table are touched by %s',
    async (method) => {
      const change = { where: { sql: 'true' }, set: { id: '1' } };
      const named = method === 'setConstraint' || method === 'dropConstraint';
      const call = lake.delta[method] as (table: string, ...rest: unknown[]) => Promise<unknown>;
      const given = named ? ['positive', 'id > 0'] : [method === 'restore' ? { version: 0 } : change];
      await expect(call.call(lake.delta, 'silver.nowhere', ...given)).rejects.toThrow(TableNotFoundError);
    },
  );
});
