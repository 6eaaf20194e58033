import { crc32 } from 'node:zlib';
import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import { CorruptFileError } from '../delta.errors.js';
import type { Action, DeletionVectorDescriptor } from '../log/action.js';
import { parseActions, serialiseActions } from '../log/action.js';

const ROWS = [3, 4, 7, 11, 18, 29];
/** A bitmap of one container that lists them. */
const VECTOR = Buffer.from(
  'd1d33964' + '0100000000000000' + '00000000' + '3a30000001000000' + '0000050010000000' + '0300040007000b0012001d00',
  'hex',
);
const toZ85 = (bytes: Buffer): string => {
  const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
  const words = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32BE(4 * index));
  return words.map((word) => [4, 3, 2, 1, 0].map((digit) => alphabet[Math.floor(word / 85 ** digit) % 85]).join('')).join('');
};
const FIGURES = { sizeInBytes: VECTOR.length, cardinality: ROWS.length };
const INLINE: DeletionVectorDescriptor = { storageType: 'i', pathOrInlineDv: toZ85(VECTOR), ...FIGURES };

describe('rows that others removed with a deletion vector', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openLake();
  });
  afterAll(() => lake.close());

  let tables = 0;
  const folderOf = (table: string): string => table.replace('.', '/');
  const entry = (table: string, version: number): string =>
    `${folderOf(table)}/_delta_log/${String(version).padStart(20, '0')}.json`;
  const actionsOf = async (table: string, version: number): Promise<Action[]> =>
    parseActions(String(await lake.storage.read(entry(table, version))), '');
  /** A file of ids 0 to 39, of which another writer removed some in version 1. */
  const aTable = async (deletionVector: DeletionVectorDescriptor, partitionBy?: string[]): Promise<string> => {
    const table = `silver.vectors_${++tables}`;
    const sql = "SELECT i AS id, 'n' || i AS name, 'São Paulo' AS city FROM range(40) AS r(i)";
    await lake.delta.write(table, { mode: 'append', query: { sql }, partitionBy });
    const add = (await actionsOf(table, 0)).find((action) => action.add)?.add as NonNullable<Action['add']>;
    const features = ['deletionVectors'];
    const theirs = [
      { protocol: { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: features, writerFeatures: features } },
      { add: { ...add, deletionVector } },
      { remove: { path: add.path, dataChange: true, deletionTimestamp: Date.now(), partitionValues: add.partitionValues } },
    ];
    await lake.storage.create(entry(table, 1), Buffer.from(serialiseActions(theirs)));
    return table;
  };
  const ids = async (table: string): Promise<number[]> =>
    (await lake.query(table, 'SELECT id FROM t ORDER BY id')).map(({ id }) => Number(id));
  const left = Array.from({ length: 40 }, (_, id) => id).filter((id) => !ROWS.includes(id));
  const inFile = (data = VECTOR, sum = crc32(data)): Buffer => {
    const [size, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    size.writeUInt32BE(data.length);
    checksum.writeUInt32BE(sum);
    return Buffer.concat([Buffer.from([1]), size, data, checksum]);
  };
  const aTableWithFile = async (bytes: Buffer | undefined): Promise<string> => {
    const table = await aTable({
      storageType: 'u',
      pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
      offset: 1,
      ...FIGURES,
    });
    const path = `${folderOf(table)}/ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin`;
    if (bytes) await lake.storage.write(path, bytes);
    return table;
  };

  it('are not read, and not counted', async () => {
    const table = await aTable(INLINE);
    expect(await ids(table)).toEqual(left);
    expect(await lake.delta.snapshot(table)).toMatchObject({ rows: 34, files: [{ rows: 34 }] });
    expect((await lake.delta.history(table, 1))[0]).toMatchObject({ rowsAdded: 0, rowsRemoved: 6 });
    expect(await lake.query(await lake.delta.snapshot(table, { version: 0 }), 'SELECT count(*) AS n FROM t')).toEqual([
      { n: 40n },
    ]);
  });

  it('are not read from a partition either', async () => {
    const table = await aTable(INLINE, ['city']);
    expect(await lake.query(table, 'SELECT city, count(*) AS n, sum(id)::INTEGER AS ids FROM t GROUP BY city')).toEqual([
      { city: 'São Paulo', n: 34n, ids: 780 - 72 },
    ]);
  });

  it('stand in a file of their own, which a vacuum leaves', async () => {
    const table = await aTableWithFile(inFile());
    expect(await ids(table)).toEqual(left);
    expect(await lake.delta.vacuum(table, { retentionHours: 0, force: true })).toMatchObject({ files: [] });
  });

  it('stay away when the others are changed, merged, removed or compacted', async () => {
    const table = await aTable(INLINE);
    await lake.delta.update(table, { where: { sql: 'id IN (3, 5)' }, set: { name: "'changed'" } });
    expect(await ids(table)).toEqual(left);
    expect((await lake.delta.history(table, 1))[0]).toMatchObject({ rowsAdded: 1, rowsRemoved: 1 });

    const deleted = await aTable(INLINE);
    expect(await lake.delta.delete(deleted, { where: { sql: 'id < 10' } })).toMatchObject({ rowsRemoved: 7 });
    expect(await ids(deleted)).toEqual(left.filter((id) => id >= 10));

    const merged = await aTable(INLINE);
    const source = { sql: "SELECT 7::BIGINT AS id, 'back' AS name, 'x' AS city" };
    await lake.delta.merge(merged, { source, keys: ['id'], whenNotMatched: [{ insert: 'all' }] });
    await lake.delta.optimize(merged);
    expect(await ids(merged)).toEqual([...left, 7].sort((a, b) => a - b));
  });

  it('are known from a checkpoint of ours', async () => {
    const table = await aTable(INLINE);
    for (let version = 2; version < 12; version++) {
      await lake.delta.write(table, { mode: 'append', query: { sql: "SELECT 100 AS id, 'later' AS name, 'x' AS city" } });
    }
    for (let version = 0; version < 10; version++) await lake.storage.remove(entry(table, version));
    const [{ n }] = await lake.sql.rows({
      sql: 'SELECT count(*) AS n FROM t WHERE id < 100',
      tables: { t: await lake.another().relation(await lake.another().snapshot(table)) },
    });
    expect(n).toBe(34n);
  });

  it('come back with an older version', async () => {
    const table = await aTable(INLINE);
    await lake.delta.restore(table, { version: 0 });
    expect(await ids(table)).toHaveLength(40);
    await lake.delta.restore(table, { version: 1 });
    expect(await ids(table)).toEqual(left);
  });

  it.each([
    ['is gone', undefined, 'There is no file'],
    ['is cut off', inFile().subarray(0, 30), 'it ends after 30 bytes'],
    ['has other bytes', inFile(VECTOR, 1), 'its checksum is another'],
    ['has another size', Buffer.concat([inFile(Buffer.alloc(8)), Buffer.alloc(64)]), 'it has 8 bytes'],
    ['is something else', inFile(Buffer.alloc(VECTOR.length)), 'it begins otherwise'],
  ])('are named when their file %s', async (_, bytes, message) => {
    const table = await aTableWithFile(bytes);
    await expect(ids(table)).rejects.toThrow(CorruptFileError);
    await expect(ids(table)).rejects.toThrow(message);
    await expect(ids(table)).rejects.toThrow('ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin');
  });
});
