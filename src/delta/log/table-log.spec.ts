import { copyFile, mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import { CorruptLogError, NullNotAllowedError, UnsupportedFeatureError, VersionNotFoundError } from '../delta.errors.js';
import type { StructField } from '../schema/delta-type.js';
import { serialiseSchema } from '../schema/table-schema.js';
import { type Action, type AddFile, type Metadata, serialiseActions } from './action.js';
import { LogFiles } from './log-files.js';

const aField = (overrides: Partial<StructField> = {}): StructField => ({
  name: 'id',
  type: 'long',
  nullable: true,
  metadata: {},
  ...overrides,
});
const aMetadata = (overrides: Partial<Metadata> = {}): Action => ({
  metaData: {
    id: 'i',
    format: { provider: 'parquet', options: {} },
    schemaString: serialiseSchema([aField()]),
    partitionColumns: [],
    configuration: {},
    ...overrides,
  },
});
const PROTOCOL: Action = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } };
const anAdd = (overrides: Partial<AddFile> = {}): Action => ({
  add: { path: 'a.parquet', partitionValues: {}, size: 1, modificationTime: 0, dataChange: true, ...overrides },
});

describe('the log of a table', () => {
  let lake: TestLake;
  beforeEach(async () => {
    lake = await openLake();
  });
  afterEach(() => lake.close());

  const files = new LogFiles('silver/t');
  const append = (n: number): Promise<unknown> =>
    lake.delta.write('silver.t', {
      mode: 'append',
      query: { sql: `SELECT ${n}::BIGINT AS id` },
      txn: { appId: `app-${n % 3}`, version: n },
    });
  const appends = async (from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n++) await append(n);
  };
  const removeEntries = async (from: number, to: number): Promise<void> => {
    for (let version = from; version <= to; version++) await lake.storage.remove(files.entry(version));
  };
  const writeEntry = (version: number, ...actions: Action[]): Promise<void> =>
    lake.storage.write(files.entry(version), Buffer.from(serialiseActions(actions)));
  /** A Parquet file of the column `id` in the table's folder. */
  const writeData = async (path: string, ids: readonly number[]): Promise<string> => {
    const folder = await lake.storage.stage();
    const sql = `SELECT unnest([${ids.join(', ')}])::BIGINT AS id`;
    const { files: written } = await lake.sql.materialise({ sql }, folder);
    await lake.storage.adopt(written[0].file, `silver/t/${path}`);
    await lake.storage.discard(folder);
    return join(lake.folder, 'silver/t', path);
  };
  const ids = async (): Promise<unknown> => (await lake.query('silver.t', 'SELECT list(id ORDER BY id) AS ids FROM t'))[0].ids;

  describe('has a checkpoint', () => {
    it('every ten commits, and a pointer to the last one', async () => {
      await appends(0, 20);
      const checkpoints = (await lake.storage.list(files.folder)).filter(({ path }) => path.endsWith('.checkpoint.parquet'));
      expect(checkpoints.map(({ path }) => path)).toEqual([files.checkpoint(10), files.checkpoint(20)]);
      expect(JSON.parse(String(await lake.storage.read(files.lastCheckpoint)))).toEqual({
        version: 20,
        size: 2 + 3 + 21,
        sizeInBytes: checkpoints[1].bytes,
        numOfAddFiles: 21,
      });
    });

    it('that holds everything but the words about commits', async () => {
      await appends(0, 8);
      await lake.delta.write('silver.t', { mode: 'overwrite', query: { sql: 'SELECT 9::BIGINT AS id' }, description: 'nine' });
      await append(10);
      const tables = { log: { format: 'parquet' as const, files: [await lake.storage.localFile(files.checkpoint(10))] } };
      const [counts] = await lake.sql.rows({
        sql: 'SELECT count(protocol) AS protocols, count(metaData) AS metadata, count(txn) AS txns, count(add) AS adds, count(remove) AS removes FROM log',
        tables,
      });
      expect(counts).toEqual({ protocols: 1n, metadata: 1n, txns: 3n, adds: 2n, removes: 9n });
      const columns = (await lake.sql.describe({ sql: 'SELECT * FROM log', tables })).map(({ name }) => name);
      expect(columns).toEqual(['protocol', 'metaData', 'txn', 'add', 'remove']);
    });

    it('from which the table is read as from its first entry', async () => {
      await appends(0, 12);
      const whole = await lake.delta.snapshot('silver.t');
      await removeEntries(0, 9);
      expect(await lake.another().snapshot('silver.t')).toEqual(whole);
      expect(await ids()).toEqual(Array.from({ length: 13 }, (_, n) => BigInt(n)));
    });

    it('whose own entry may be gone too', async () => {
      await appends(0, 12);
      await removeEntries(0, 10);
      expect(await lake.another().snapshot('silver.t', { version: 10 })).toMatchObject({ version: 10, rows: 11, info: {} });
    });

    it.each([
      ['gone', () => lake.storage.remove(files.lastCheckpoint)],
      ['torn', () => lake.storage.write(files.lastCheckpoint, Buffer.from('{"vers'))],
      ['wrong', () => lake.storage.write(files.lastCheckpoint, Buffer.from('{"version":7}'))],
    ])('that is found when the pointer is %s', async (_, spoil) => {
      await appends(0, 21);
      await removeEntries(0, 19);
      await spoil();
      expect(await lake.another().snapshot('silver.t')).toMatchObject({ version: 21, rows: 22 });
    });

    it('in parts, when somebody else wrote it so', async () => {
      await appends(0, 11);
      const tables = { log: { format: 'parquet' as const, files: [await lake.storage.localFile(files.checkpoint(10))] } };
      const parts = files.checkpointParts(10, 2);
      const folder = await lake.storage.stage();
      for (const [index, condition] of ['add IS NULL', 'add IS NOT NULL'].entries()) {
        const part = await lake.sql.materialise({ sql: `SELECT * FROM log WHERE ${condition}`, tables }, folder);
        await lake.storage.adopt(part.files[0].file, parts[index]);
      }
      await lake.storage.write(files.lastCheckpoint, Buffer.from('{"version":10,"size":16,"parts":2}'));
      await lake.storage.remove(files.checkpoint(10));
      await removeEntries(0, 9);
      expect(await lake.another().snapshot('silver.t')).toMatchObject({ version: 11, rows: 12 });
      await lake.storage.remove(files.lastCheckpoint);
      expect(await lake.another().snapshot('silver.t')).toMatchObject({ version: 11, rows: 12 });
    });

    /** Makes of a checkpoint of ours one that names two files. */
    const divide = async (version: number, format: string, [first, second]: readonly string[]): Promise<void> => {
      const tables = { log: { format: 'parquet' as const, files: [await lake.storage.localFile(files.checkpoint(version))] } };
      const folder = await lake.storage.stage();
      const put = async (sql: string, path: string): Promise<void> => {
        const { files: written } = await lake.sql.materialise({ sql, tables }, folder);
        await lake.storage.adopt(written[0].file, path);
      };
      await put("SELECT add, remove FROM log WHERE add IS NOT NULL AND add.path > 'part-00000-8'", files.sidecar(first));
      await put("SELECT add, remove FROM log WHERE add IS NOT NULL AND add.path <= 'part-00000-8'", files.sidecar(second));
      const top = files.checkpoint(version).replace('.parquet', `.80a083e8-7026-4e79-81be-64bd76c43a11.${format}`);
      if (format === 'json') {
        const lines = await lake.sql.rows({
          sql: 'SELECT to_json(log)::VARCHAR AS line FROM log WHERE add IS NULL AND remove IS NULL',
          tables,
        });
        const sidecars = [first, second].map((path) => JSON.stringify({ sidecar: { path: encodeURI(path), sizeInBytes: 1 } }));
        const text = [`{"checkpointMetadata":{"version":${version}}}`, ...lines.map(({ line }) => line), ...sidecars].join('\n');
        await lake.storage.write(top, Buffer.from(text));
      } else {
        await put(
          `SELECT protocol, metaData, txn, NULL::STRUCT(path VARCHAR) AS sidecar FROM log WHERE add IS NULL AND remove IS NULL
           UNION ALL SELECT NULL, NULL, NULL, {'path': p} FROM (VALUES ('${encodeURI(first)}'), ('${encodeURI(second)}')) AS v(p)`,
          top,
        );
      }
      const pointer = { version, size: 16, v2Checkpoint: { path: top.split('/').at(-1) } };
      await lake.storage.write(files.lastCheckpoint, Buffer.from(JSON.stringify(pointer)));
      await lake.storage.remove(files.checkpoint(version));
    };

    it.each(['json', 'parquet'])('with sidecars, in %s, when somebody else wrote it so', async (format) => {
      await appends(0, 11);
      await divide(10, format, ['a b.parquet', 'c.parquet']);
      await removeEntries(0, 9);
      expect(await lake.another().snapshot('silver.t')).toMatchObject({ version: 11, rows: 12 });
      await lake.storage.remove(files.lastCheckpoint);
      expect(await lake.another().snapshot('silver.t')).toMatchObject({ version: 11, rows: 12 });
      await lake.storage.remove(files.sidecar('c.parquet'));
      await expect(lake.another().snapshot('silver.t')).rejects.toThrow(CorruptLogError);
    });

    it('with sidecars, which go with the last checkpoint that names them', async () => {
      await appends(0, 21);
      await divide(10, 'json', ['old.parquet', 'a b.parquet']);
      await divide(20, 'parquet', ['a b.parquet', 'c.parquet']);
      const past = new Date(Date.now() - 31 * 86_400_000);
      for (const { path } of await lake.storage.list(files.folder)) await utimes(join(lake.folder, path), past, past);
      await lake.storage.write(files.sidecar('coming.parquet'), Buffer.from('of a checkpoint that is not written yet'));
      expect(await lake.delta.cleanLog('silver.t')).toMatchObject({ files: 22, oldestVersion: 20 });
      const left = (await lake.storage.list(files.sidecarFolder)).map(({ path }) => path);
      expect(left).toEqual(['a b.parquet', 'c.parquet', 'coming.parquet'].map((name) => files.sidecar(name)));
      expect(await lake.another().snapshot('silver.t')).toMatchObject({ version: 21, rows: 22 });
    });

    it('of the second kind, when the table asks for it', async () => {
      const features = ['v2Checkpoint'];
      const protocol = { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: features, writerFeatures: features };
      await writeEntry(0, { protocol }, aMetadata({ configuration: { 'delta.checkpointPolicy': 'v2' } }));
      await appends(1, 11);
      const tables = { log: { format: 'parquet' as const, files: [await lake.storage.localFile(files.checkpoint(10))] } };
      const [seen] = await lake.sql.rows({ sql: 'SELECT max(checkpointMetadata.version) AS version FROM log', tables });
      expect(seen).toEqual({ version: 10n });
      await removeEntries(0, 9);
      expect(await lake.another().snapshot('silver.t')).toMatchObject({ version: 11, rows: 11 });
    });

    it('that forgets removed files once their time is over', async () => {
      await append(0);
      const { files: old } = await lake.delta.snapshot('silver.t');
      const removed = Date.now() - 8 * 86_400_000;
      const path = old[0].path.slice('silver/t/'.length);
      await writeEntry(1, { remove: { path, dataChange: true, deletionTimestamp: removed } });
      await appends(2, 10);
      const tables = { log: { format: 'parquet' as const, files: [await lake.storage.localFile(files.checkpoint(10))] } };
      expect(await lake.sql.rows({ sql: 'SELECT count(remove) AS removes FROM log', tables })).toEqual([{ removes: 0n }]);
    });

    it('that may fail: the commit stands', async () => {
      await appends(0, 9);
      const { storage } = lake;
      const adopt = storage.adopt.bind(storage);
      storage.adopt = (file, path) => (path.includes('checkpoint') ? Promise.reject(new Error('disk full')) : adopt(file, path));
      expect(await append(10)).toMatchObject({ version: 10, skipped: false });
      expect(await lake.another().snapshot('silver.t')).toMatchObject({ version: 10, rows: 11 });
    });
  });

  it('costs a commit and a look no more than what is new, however long it is', async () => {
    await appends(0, 30);
    const { storage } = lake;
    const asked: string[] = [];
    const read = storage.read.bind(storage);
    storage.read = (path) => (asked.push(path), read(path));
    storage.list = (prefix) => Promise.reject(new Error(`${prefix} was listed`));
    await append(31);
    await lake.delta.snapshot('silver.t');
    expect(asked).toEqual([files.entry(31), files.entry(32)]);
  });

  it('opens at its last checkpoint without a list of what is before it', async () => {
    await appends(0, 32);
    const asked: string[] = [];
    const read = lake.storage.read.bind(lake.storage);
    lake.storage.read = (path) => (asked.push(path), read(path));
    const list = lake.storage.list.bind(lake.storage);
    lake.storage.list = (prefix, after) =>
      after === files.entry(32) ? list(prefix, after) : Promise.reject(new Error(`${prefix} was listed`));
    expect(await lake.another().snapshot('silver.t')).toMatchObject({ version: 32 });
    expect(asked[0]).toBe(files.lastCheckpoint);
    expect(asked.slice(1).every((path) => path >= files.entry(30))).toBe(true);
  });

  it('gives a commit that tells no time the time of its file', async () => {
    await writeEntry(0, PROTOCOL, aMetadata());
    const before = Date.now();
    await sleep(20);
    await writeEntry(1, anAdd());
    const [second, first] = await lake.delta.history('silver.t');
    expect(first.timestamp.getTime()).toBeLessThanOrEqual(before + 10);
    expect(second).toMatchObject({ version: 1, operation: 'UNKNOWN', filesAdded: 1, rowsAdded: 0 });
    // Some storages tell whole seconds.
    expect(second.timestamp.getTime()).toBeGreaterThanOrEqual(Math.floor(before / 1000) * 1000);
  });

  it('finds a file under its decoded path, whoever encoded it how', async () => {
    await writeData('city=a%20b/x y%.parquet', [1, 2]);
    await writeData('gone away.parquet', [3]);
    await writeEntry(
      0,
      PROTOCOL,
      aMetadata(),
      anAdd({ path: 'city=a%2520b/x%20y%25.parquet' }),
      anAdd({ path: 'gone%20away.parquet' }),
    );
    await writeEntry(1, { remove: { path: 'gone away.parquet', dataChange: true } });
    expect(await ids()).toEqual([1n, 2n]);
  });

  it('counts the rows of a file that comes without statistics', async () => {
    await writeData('a.parquet', [1, 2, 3]);
    await writeEntry(0, PROTOCOL, aMetadata(), anAdd());
    expect(await lake.delta.snapshot('silver.t')).toMatchObject({ rows: 3, files: [{ path: 'silver/t/a.parquet' }] });
  });

  it('refers to files elsewhere on this machine by their whole path, and nowhere else', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'elsewhere é '));
    const path = join(elsewhere, 'a.parquet');
    await copyFile(await writeData('a.parquet', [7]), path);
    const stats = '{"numRecords":1}';
    await writeEntry(0, PROTOCOL, aMetadata(), anAdd({ path: `file://${encodeURI(path)}`, stats }));
    expect(await ids()).toEqual([7n]);
    await writeEntry(1, anAdd({ path: 's3://bucket/b.parquet', stats }));
    const snapshot = await lake.delta.snapshot('silver.t');
    await expect(lake.delta.relation(snapshot)).rejects.toThrow(UnsupportedFeatureError);
    await rm(elsewhere, { recursive: true });
  });

  it('says which entry cannot be read', async () => {
    await append(0);
    await lake.storage.write(files.entry(1), Buffer.from('{"add":{"pa'));
    await expect(lake.delta.snapshot('silver.t')).rejects.toThrow(CorruptLogError);
    await expect(lake.delta.snapshot('silver.t')).rejects.toThrow(files.entry(1));
  });

  it.each([
    ['nothing', ''],
    ['a file without a path', '{"add":{}}'],
    ['a torn schema', serialiseActions([aMetadata({ schemaString: '{"type":"struct","fields":[{' })])],
    ['a schema without fields', serialiseActions([aMetadata({ schemaString: '{}' })])],
  ])('says which entry holds %s', async (_, text) => {
    await appends(0, 2);
    const whole = await lake.storage.read(files.entry(1));
    const reader = lake.another();
    await lake.storage.write(files.entry(1), Buffer.from(text));
    for (const delta of [reader, lake.another()]) {
      await expect(delta.snapshot('silver.t')).rejects.toThrow(CorruptLogError);
      await expect(delta.snapshot('silver.t')).rejects.toThrow(`"${files.entry(1)}"`);
      await expect(delta.write('silver.t', { mode: 'append', query: { sql: 'SELECT 1::BIGINT AS id' } })).rejects.toThrow(
        files.entry(1),
      );
    }
    await lake.storage.write(files.entry(1), whole);
    expect(await reader.snapshot('silver.t')).toMatchObject({ version: 2, rows: 3 });
  });

  it('takes nothing of an entry that it cannot read to its end', async () => {
    await append(0);
    const [{ path }] = (await lake.delta.snapshot('silver.t')).files;
    const remove = { path: path.slice('silver/t/'.length), dataChange: true };
    await writeEntry(1, { remove }, aMetadata({ schemaString: 'torn' }));
    await expect(lake.delta.snapshot('silver.t')).rejects.toThrow(files.entry(1));
    await writeEntry(1, { commitInfo: { operation: 'NOTHING' } });
    expect(await lake.delta.snapshot('silver.t')).toMatchObject({ version: 1, rows: 1 });
  });

  it.each(['{torn', 'null', '{"numRecords":"many","minValues":5}'])('goes without statistics that are %s', async (stats) => {
    await writeData('a.parquet', [1, 2, 3]);
    await writeEntry(0, PROTOCOL, aMetadata(), anAdd({ stats }));
    const snapshot = await lake.delta.snapshot('silver.t');
    expect(snapshot.rows).toBe(3);
    expect((await lake.delta.relation(snapshot, { sql: 'id = 9' })).format).toBe('parquet');
    expect(await lake.delta.delete('silver.t', { where: { sql: 'id = 2' } })).toMatchObject({ rowsRemoved: 1 });
    expect(await ids()).toEqual([1n, 3n]);
  });

  it.each([
    ['without a checkpoint', 5, 3],
    ['behind a checkpoint', 13, 11],
  ])('says which entry is missing between others, %s', async (_, last, missing) => {
    await appends(0, last);
    await removeEntries(missing, missing);
    await expect(lake.another().snapshot('silver.t')).rejects.toThrow(CorruptLogError);
    await expect(lake.another().snapshot('silver.t')).rejects.toThrow(`"${files.entry(missing)}": it is missing`);
  });

  it('says which checkpoint is broken', async () => {
    await appends(0, 11);
    await lake.storage.write(files.checkpoint(10), Buffer.from('no Parquet'));
    await expect(lake.another().snapshot('silver.t')).rejects.toThrow(CorruptLogError);
    await expect(lake.another().snapshot('silver.t')).rejects.toThrow(files.checkpoint(10));
  });

  it('says which file of rows is broken', async () => {
    await append(0);
    const [{ path }] = (await lake.delta.snapshot('silver.t')).files;
    await lake.storage.write(path, Buffer.from('no Parquet'));
    await expect(ids()).rejects.toThrow(path.split('/').at(-1));
    const merged = lake.delta.merge('silver.t', {
      ...{ source: { sql: 'SELECT 0::BIGINT AS id' }, keys: ['id'], whenMatched: [{ delete: true }] },
    });
    await expect(merged).rejects.toThrow(path.split('/').at(-1));
    expect(await lake.delta.snapshot('silver.t')).toMatchObject({ version: 0, rows: 1 });
  });

  it('that another writer begins while it is looked for is no broken one', async () => {
    jest.spyOn(lake.storage, 'exists').mockImplementationOnce(async () => {
      await append(0);
      return false;
    });
    expect(await lake.another().snapshot('silver.t')).toMatchObject({ version: 0, rows: 1 });
  });

  it('that lost its beginning is not taken for no table', async () => {
    await appends(0, 3);
    await removeEntries(0, 0);
    await expect(lake.another().snapshot('silver.t')).rejects.toThrow('neither a first entry nor a whole checkpoint');
  });

  it('has no version before its oldest entry once it was cleaned', async () => {
    await appends(0, 21);
    const { timestamp } = await lake.delta.snapshot('silver.t', { version: 19 });
    await removeEntries(0, 19);
    const cleaned = lake.another();
    expect(await cleaned.snapshot('silver.t', { version: 20 })).toMatchObject({ rows: 21 });
    await expect(cleaned.snapshot('silver.t', { version: 19 })).rejects.toThrow(VersionNotFoundError);
    await expect(cleaned.snapshot('silver.t', { timestamp })).rejects.toThrow(VersionNotFoundError);
    expect((await cleaned.history('silver.t')).map(({ version }) => version)).toEqual([21, 20]);
  });

  it('takes no row below its checkpoint from a write that began long before it was cleaned', async () => {
    await append(0);
    const other = lake.another();
    const manyWrites = async (): Promise<undefined> => {
      const query = { sql: 'SELECT 1::BIGINT AS id' };
      for (let n = 1; n <= 12; n++) await other.write('silver.t', { mode: 'append', query });
      await removeEntries(0, 9);
      // Longer than a state is trusted, shorter than S3 trusts a signature.
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 11 * 60_000);
    };
    const query = { sql: 'SELECT 2::BIGINT AS id' };
    try {
      const commit = await lake.delta.write('silver.t', { mode: 'append', query, inspect: manyWrites });
      expect(commit).toMatchObject({ version: 13, rowsAdded: 1 });
    } finally {
      jest.restoreAllMocks();
    }
    expect(await lake.another().snapshot('silver.t')).toMatchObject({ version: 13, rows: 14 });
  });

  it('keeps the columns that must not be null free of nulls', async () => {
    await writeEntry(0, PROTOCOL, aMetadata({ schemaString: serialiseSchema([aField({ nullable: false })]) }));
    const write = (sql: string): Promise<unknown> => lake.delta.write('silver.t', { mode: 'append', query: { sql } });
    await expect(write('SELECT CASE WHEN i > 0 THEN i END AS id FROM range(3) AS r(i)')).rejects.toThrow(NullNotAllowedError);
    await write('SELECT i AS id FROM range(3) AS r(i)');
    expect(await ids()).toEqual([0n, 1n, 2n]);
  });

  it('of a table for new rows alone takes no overwrite', async () => {
    await writeEntry(0, PROTOCOL, aMetadata({ configuration: { 'delta.appendOnly': 'true' } }));
    await append(1);
    const overwrite = lake.delta.write('silver.t', { mode: 'overwrite', query: { sql: 'SELECT 1::BIGINT AS id' } });
    await expect(overwrite).rejects.toThrow('only takes new rows');
  });

  it('may ask for a feature that we do not know, and is then neither read nor written', async () => {
    const protocol = {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['catalogManaged'],
      writerFeatures: ['catalogManaged'],
    };
    await writeEntry(0, { protocol }, aMetadata());
    await expect(lake.delta.snapshot('silver.t')).rejects.toThrow('cannot be read here: it uses catalogManaged');
    await expect(append(1)).rejects.toThrow(UnsupportedFeatureError);
  });
});
