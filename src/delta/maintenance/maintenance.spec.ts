import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import {
  CommitConflictError,
  FilesOutsideLakeError,
  InvalidConstraintError,
  RetentionTooShortError,
  RowRuleError,
  VersionVacuumedError,
} from '../delta.errors.js';
import type { Commit, WriteRequest } from '../delta.types.js';
import { LogFiles } from '../log/log-files.js';

const DAY_MS = 86_400_000;

describe('a table', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openLake();
  });
  afterAll(() => lake.close());

  let tables = 0;
  const append = (table: string, from: number, others: Partial<WriteRequest> = {}): Promise<Commit> =>
    lake.delta.write(table, {
      ...{ mode: 'append', query: { sql: `SELECT i AS id, i % 2 AS half FROM range(${from}, ${from + 10}) AS r(i)` } },
      ...others,
    });
  const aTable = async (files = 3, others: Partial<WriteRequest> = {}): Promise<string> => {
    const table = `silver.kept_${++tables}`;
    for (let n = 0; n < files; n++) await append(table, 10 * n, others);
    return table;
  };
  const folderOf = (table: string): string => table.replace('.', '/');
  const count = async (table: string): Promise<number> =>
    Number((await lake.query(table, 'SELECT count(DISTINCT id) AS n FROM t'))[0].n);
  /** Makes what lies in a folder of the table look older. */
  const age = async (table: string, days: number, folder = ''): Promise<void> => {
    const path = join(lake.folder, folderOf(table), folder);
    const then = new Date(Date.now() - days * DAY_MS);
    for (const { name, parentPath } of await readdir(path, { withFileTypes: true, recursive: true })) {
      await utimes(join(parentPath, name), then, then);
    }
  };

  describe('that is compacted', () => {
    it('has few files in place of many, and the same rows in the same order', async () => {
      const table = await aTable(12);
      const before = await lake.query(table, 'SELECT id FROM t');
      const commit = await lake.delta.optimize(table);
      expect(commit).toMatchObject({ operation: 'OPTIMIZE', filesAdded: 1, filesRemoved: 12, rowsAdded: 0, rowsRemoved: 0 });
      expect(await lake.query(table, 'SELECT id FROM t')).toEqual(before);
      expect(await lake.delta.snapshot(table)).toMatchObject({ rows: 120, rowsChangedIn: 11, version: 12 });
      expect(await lake.delta.optimize(table)).toMatchObject({ skipped: true, version: 12 });
    });

    it('keeps its partitions apart', async () => {
      const table = await aTable(3, { partitionBy: ['half'] });
      expect(await lake.delta.optimize(table)).toMatchObject({ filesAdded: 2, filesRemoved: 6 });
      expect(await lake.query(table, 'SELECT half, count(*) AS n FROM t GROUP BY half ORDER BY half')).toEqual([
        { half: 0n, n: 15n },
        { half: 1n, n: 15n },
      ]);
    });

    it('is sorted when it is asked to, once', async () => {
      const table = await aTable(3, { partitionBy: ['half'] });
      await append(table, -10);
      await lake.delta.optimize(table, { sortBy: ['id'] });
      const ids = (await lake.query(table, 'SELECT id FROM t WHERE half = 0')).map(({ id }) => Number(id));
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      expect(await lake.delta.optimize(table, { sortBy: ['id'] })).toMatchObject({ skipped: true });
      await expect(lake.delta.optimize(table, { sortBy: ['nowhere'] })).rejects.toThrow('no column "nowhere" to sort by');
    });

    it('is cut where a file becomes too large, with neighbours side by side', async () => {
      const table = await aTable(1);
      await lake.delta.write(table, {
        ...{ mode: 'append', query: { sql: 'SELECT hash(i) % 1000000 AS id, i % 2 AS half FROM range(20000) AS r(i)' } },
        evolve: true,
      });
      const { bytes } = await lake.delta.snapshot(table);
      await lake.delta.optimize(table, { sortBy: ['id'], targetBytes: Math.ceil(bytes / 8) });
      const { files, rows } = await lake.delta.snapshot(table);
      const bounds = files.map(({ stats = '' }) => JSON.parse(stats) as Record<'minValues' | 'maxValues', { id: number }>);
      expect([files.length > 2, rows]).toEqual([true, 20010]);
      const overlap = bounds.slice(1).filter(({ minValues }, at) => minValues.id < bounds[at].maxValues.id);
      expect(overlap).toEqual([]);
    });

    it('leaves large files alone, and those that a condition is not about', async () => {
      const table = await aTable(4);
      const [{ bytes }] = (await lake.delta.snapshot(table)).files;
      expect(await lake.delta.optimize(table, { targetBytes: bytes })).toMatchObject({ skipped: true });
      expect(await lake.delta.optimize(table, { where: { sql: 'id < 15' } })).toMatchObject({ filesAdded: 1, filesRemoved: 2 });
    });

    it('takes rows meanwhile, but loses none that were deleted', async () => {
      const table = await aTable();
      const { stage } = lake.storage;
      const during = async (theirs: () => Promise<unknown>): Promise<Commit> => {
        lake.storage.stage = async () => {
          lake.storage.stage = stage;
          await theirs();
          return stage.call(lake.storage);
        };
        return lake.delta.optimize(table).finally(() => (lake.storage.stage = stage));
      };
      await during(() =>
        lake.another().write(table, { mode: 'append', query: { sql: 'SELECT 99::BIGINT AS id, 1::BIGINT AS half' } }),
      );
      expect(await count(table)).toBe(31);
      const deleted = during(() => lake.another().delete(table, { where: { sql: 'id = 1' } }));
      await expect(deleted).rejects.toThrow(CommitConflictError);
      expect(await count(table)).toBe(30);
    });
  });

  describe('that is restored', () => {
    it('is what it was, in a new version', async () => {
      const table = await aTable();
      await lake.delta.write(table, { mode: 'overwrite', query: { sql: 'SELECT true AS other' }, description: 'mistaken' });
      const commit = await lake.delta.restore(table, { version: 1 });
      expect(commit).toMatchObject({ operation: 'RESTORE', version: 4, rowsAdded: 20, rowsRemoved: 1 });
      expect(await lake.another().snapshot(table)).toMatchObject({ rows: 20, columns: [{ name: 'id' }, { name: 'half' }] });
      expect((await lake.delta.snapshot(table)).description).toBeUndefined();
      expect(await lake.delta.restore(table, { timestamp: (await lake.delta.history(table))[2].timestamp })).toMatchObject({
        rowsAdded: 10,
      });
    });

    it('keeps what applications recorded since: their batches would come twice', async () => {
      const table = await aTable();
      await append(table, 30, { txn: { appId: 'load', version: 1 } });
      await lake.delta.restore(table, { version: 1 });
      expect(await append(table, 30, { txn: { appId: 'load', version: 1 } })).toMatchObject({ skipped: true });
    });

    it('is not, when its files are gone', async () => {
      const table = await aTable();
      await lake.delta.write(table, { mode: 'overwrite', query: { sql: 'SELECT 1::BIGINT AS id, 1::BIGINT AS half' } });
      await age(table, 1);
      await lake.delta.vacuum(table, { retentionHours: 0, force: true });
      await expect(lake.delta.restore(table, { version: 1 })).rejects.toThrow(VersionVacuumedError);
      await expect(lake.delta.restore(table, { version: 1 })).rejects.toThrow('2 of its files were vacuumed');
      expect(await count(table)).toBe(1);
      const old = await lake.delta.snapshot(table, { version: 1 });
      // Both are gone: which of them is missed first is not said.
      await expect(lake.delta.relation(old)).rejects.toThrow(
        /cannot be read: its file "silver\/\S+\.parquet" was vacuumed or lost/,
      );
    });
  });

  describe('that is vacuumed', () => {
    it('keeps what a version of the last week reads, however old the file is', async () => {
      const table = await aTable();
      await lake.delta.delete(table, { where: { sql: 'id < 10' } });
      await age(table, 30);
      expect(await lake.delta.vacuum(table)).toMatchObject({ files: [], retentionHours: 168 });
      expect(await lake.query(await lake.delta.snapshot(table, { version: 2 }), 'SELECT count(*) AS n FROM t')).toEqual([
        { n: 30n },
      ]);
    });

    it('loses files of nobody once they are a week old, and tells before what it would lose', async () => {
      const table = await aTable(1, { partitionBy: ['half'] });
      const orphan = `${folderOf(table)}/half=1/part-0.parquet`;
      for (const path of [orphan, `${folderOf(table)}/_others/file`]) await lake.storage.write(path, Buffer.from('half a file'));
      expect((await lake.delta.vacuum(table)).files).toEqual([]);
      await age(table, 8);
      expect(await lake.delta.vacuum(table, { dryRun: true })).toMatchObject({ files: [orphan], bytes: 11, dryRun: true });
      expect(await lake.storage.exists(orphan)).toBe(true);
      expect(await lake.delta.vacuum(table)).toMatchObject({ files: [orphan] });
      expect([await lake.storage.exists(orphan), await count(table)]).toEqual([false, 10]);
      expect((await lake.delta.history(table, 2)).map(({ operation }) => operation)).toEqual(['VACUUM END', 'VACUUM START']);
    });

    /** Names every file of a version's entry by another URI. */
    const rename = async (table: string, version: number, uri: (path: string) => string): Promise<void> => {
      const entry = new LogFiles(folderOf(table)).entry(version);
      const text = String(await lake.storage.read(entry));
      await lake.storage.write(
        entry,
        Buffer.from(text.replaceAll(/"path":"([^"]+)"/g, (_, path: string) => `"path":"${uri(path)}"`)),
      );
    };

    it('keeps its files that the log names by their place', async () => {
      for (const name of lake.names) {
        const table = await aTable(3, { partitionBy: ['half'] });
        await rename(table, 1, (path) => `${name}/${folderOf(table)}/${path.replaceAll('=', '%3D')}`);
        await age(table, 30);
        const { files } = await lake.another().snapshot(table);
        expect(files.every(({ path }) => path.startsWith(`${folderOf(table)}/half=`))).toBe(true);
        expect(await lake.another().vacuum(table)).toMatchObject({ files: [] });
        expect(await count(table)).toBe(30);
      }
    });

    it.each(['file:///elsewhere/', '/elsewhere/', 's3://elsewhere/'])('is not, with files in %s', async (place) => {
      const table = await aTable(2);
      await rename(table, 1, (path) => place + path);
      await expect(lake.another().vacuum(table, { dryRun: true })).rejects.toThrow(FilesOutsideLakeError);
      await expect(lake.another().vacuum(table)).rejects.toThrow(`${place}part-`);
    });

    it.each([1, -1, Number.NaN])('is not, with a retention of %s hours', async (retentionHours) => {
      await expect(lake.delta.vacuum(await aTable(1), { retentionHours })).rejects.toThrow(RetentionTooShortError);
    });
  });

  describe('whose log is cleaned', () => {
    it('keeps a checkpoint and everything after it', async () => {
      const table = await aTable(25);
      expect(await lake.delta.cleanLog(table)).toMatchObject({ files: 0, oldestVersion: 0 });
      await age(table, 31, '_delta_log');
      expect(await lake.delta.cleanLog(table)).toMatchObject({ files: 21, oldestVersion: 20 });
      const delta = lake.another();
      expect(await delta.snapshot(table)).toMatchObject({ version: 24, rows: 250 });
      expect(await delta.snapshot(table, { version: 20 })).toMatchObject({ rows: 210 });
      await expect(delta.snapshot(table, { version: 19 })).rejects.toThrow('has no version 19');
      expect((await delta.history(table)).map(({ version }) => version)).toEqual([24, 23, 22, 21, 20]);
      expect(await append(table, 250)).toMatchObject({ version: 25 });
    });

    it('keeps all of it without a checkpoint', async () => {
      const table = await aTable(3);
      await age(table, 31, '_delta_log');
      expect(await lake.delta.cleanLog(table)).toMatchObject({ files: 0, oldestVersion: 0 });
    });
  });

  describe('with a constraint', () => {
    it('takes no row that breaks it, by whatever door', async () => {
      const table = await aTable(1);
      await lake.delta.setConstraint(table, 'Few', 'id < 50');
      expect(await lake.another().snapshot(table)).toMatchObject({ version: 1, rows: 10 });
      const refused = [
        append(table, 45),
        lake.delta.write(table, { mode: 'overwrite', query: { sql: 'SELECT NULL::BIGINT AS id, 1::BIGINT AS half' } }),
        lake.delta.update(table, { set: { id: 'id + 45' } }),
      ];
      for (const writing of refused) await expect(writing).rejects.toThrow(RowRuleError);
      await expect(append(table, 45)).rejects.toThrow(
        'for 5 of them its constraint "few" (id < 50) is not true, such as {"id":50,',
      );
      expect(await append(table, 40)).toMatchObject({ version: 2 });
      await lake.delta.dropConstraint(table, 'few');
      expect(await append(table, 45)).toMatchObject({ version: 4 });
    });

    it('is not to be had while a row breaks it, or when it cannot be checked', async () => {
      const table = await aTable(1);
      for (const sql of ['id > 0', 'nowhere > 0', 'id > (SELECT 0 FROM t)', 'id >', '']) {
        await expect(lake.delta.setConstraint(table, 'c', sql)).rejects.toThrow(InvalidConstraintError);
      }
      await expect(lake.delta.setConstraint(table, 'not a name', 'id >= 0')).rejects.toThrow('does not name a constraint');
      await expect(lake.delta.dropConstraint(table, 'c')).rejects.toThrow('It has none');
      expect(await lake.delta.snapshot(table)).toMatchObject({ version: 0 });
    });

    it('keeps names that need quotes as Spark reads them', async () => {
      const table = `silver.kept_${++tables}`;
      await lake.delta.write(table, { mode: 'append', query: { sql: `SELECT 1 AS "a ""b", 'x"y' AS text` } });
      await lake.delta.setConstraint(table, 'c', `"a ""b" > 0 AND text <> '"' /* "c" */`);
      const log = String(await lake.storage.read(`${folderOf(table)}/_delta_log/${'1'.padStart(20, '0')}.json`));
      expect(log).toContain(JSON.stringify('`a "b` > 0 AND text <> \'"\' /* "c" */').slice(1, -1));
      await expect(lake.delta.update(table, { set: { 'a "b': '0' } })).rejects.toThrow(RowRuleError);
    });

    it('is not set when rows come meanwhile that nobody checked', async () => {
      const table = await aTable(1);
      const { rows } = lake.sql;
      lake.sql.rows = async (...query) => {
        lake.sql.rows = rows;
        await lake.another().write(table, { mode: 'append', query: { sql: 'SELECT 99::BIGINT AS id, 1::BIGINT AS half' } });
        return rows.apply(lake.sql, query);
      };
      await expect(lake.delta.setConstraint(table, 'few', 'id < 50')).rejects.toThrow(CommitConflictError);
    });
  });

  it('of others keeps its invariants', async () => {
    const table = await aTable(1);
    const path = `${folderOf(table)}/_delta_log/${'0'.repeat(20)}.json`;
    const declare = (expression: string): string =>
      JSON.stringify(JSON.stringify({ 'delta.invariants': JSON.stringify({ expression: { expression } }) })).slice(1, -1);
    const plain = String(await lake.storage.read(path));
    const declared = (expression: string): Promise<void> =>
      lake.storage.write(path, Buffer.from(plain.replace('\\"metadata\\":{}', `\\"metadata\\":${declare(expression)}`)));
    await declared('`id` < 50');
    const rows = { mode: 'append', query: { sql: 'SELECT 50::BIGINT AS id, 1::BIGINT AS half' } } as const;
    await expect(lake.another().write(table, rows)).rejects.toThrow('its invariant of "id" (`id` < 50) is not true');
    await declared('spark_only(id)');
    await expect(lake.another().write(table, rows)).rejects.toMatchObject({ code: 'UNREADABLE_ROW_RULE' });
  });
});
