import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openLake, type TestLake } from '../fixtures/lake.js';
import { DELTALAKE } from './deltalake/packages.js';
import { PythonEnvironment } from './servers/python-environment.js';

const SCRIPTS = join(import.meta.dirname, 'deltalake');

/** A value of every type, with how it comes out of a table elsewhere. */
const TYPES: readonly (readonly [column: string, sql: string, type: unknown, elsewhere: unknown])[] = [
  ['a_boolean', 'true', 'boolean', true],
  ['a_tinyint', '-1::TINYINT', 'byte', -1],
  ['a_smallint', '2::SMALLINT', 'short', 2],
  ['an_integer', '3', 'integer', 3],
  ['a_bigint', '9007199254740991', 'long', 9007199254740991],
  ['a_utinyint', '255::UTINYINT', 'short', 255],
  ['a_usmallint', '65535::USMALLINT', 'integer', 65535],
  ['a_uinteger', '4294967295::UINTEGER', 'long', 4294967295],
  ['a_ubigint', '18446744073709551615::UBIGINT', 'decimal(20,0)', '18446744073709551615'],
  ['a_hugeint', '12345678901234567890123456789012345678::HUGEINT', 'decimal(38,0)', '12345678901234567890123456789012345678'],
  ['a_float', '1.5::FLOAT', 'float', 1.5],
  ['a_double', '0.1::DOUBLE', 'double', 0.1],
  ['a_decimal', '12.34::DECIMAL(10,2)', 'decimal(10,2)', '12.34'],
  ['a_text', `'São "Paulo" 😀'`, 'string', 'São "Paulo" 😀'],
  ['a_blob', `'\\xAA\\x00'::BLOB`, 'binary', 'aa00'],
  ['a_date', `DATE '2024-02-29'`, 'date', '2024-02-29'],
  ['a_timestamp', `TIMESTAMP '2024-02-29 12:34:56.789012'`, 'timestamp', '2024-02-29 12:34:56.789012+00:00'],
  ['a_timestamptz', `TIMESTAMPTZ '2024-02-29 12:34:56.789012+02'`, 'timestamp', '2024-02-29 10:34:56.789012+00:00'],
  ['a_timestamp_ns', `TIMESTAMP_NS '2024-02-29 12:34:56.789012345'`, 'timestamp', '2024-02-29 12:34:56.789012+00:00'],
  ['a_time', `TIME '12:34:56'`, 'string', '12:34:56'],
  ['a_uuid', `'8d8ac610-566d-4ef0-9c22-186b2a5ed793'::UUID`, 'string', '8d8ac610-566d-4ef0-9c22-186b2a5ed793'],
  ['a_json', `'{"a":1}'::JSON`, 'string', '{"a":1}'],
  ['an_enum', `'x'::ENUM('x', 'y')`, 'string', 'x'],
  ['an_array', '[1, NULL]::INT[2]', expect.objectContaining({ type: 'array', elementType: 'integer' }), [1, null]],
  ['a_list', '[1, NULL, 3]', expect.objectContaining({ type: 'array', elementType: 'integer' }), [1, null, 3]],
  ['a_struct', `{'x': 1, 'y z': {'deep': 'é'}}`, expect.objectContaining({ type: 'struct' }), { x: 1, 'y z': { deep: 'é' } }],
  ['a_map', `MAP {'k': 1.5::DOUBLE}`, expect.objectContaining({ type: 'map', valueType: 'double' }), [['k', 1.5]]],
];

interface SeenTable {
  readonly version: number;
  readonly protocol: readonly [number, number];
  readonly description: string | null;
  readonly columns: readonly { name: string; type: unknown; comment: string | null }[];
  readonly rows: readonly Record<string, unknown>[];
  readonly history: readonly { version: number; operation: string; lab: unknown }[];
}

let python: PythonEnvironment;
let lake: TestLake;
beforeAll(async () => {
  python = await PythonEnvironment.open('deltalake', DELTALAKE);
  lake = await openLake();
}, 600_000);
afterAll(() => lake?.close());

const run = <T>(script: string, ...args: string[]): Promise<T> => python.run<T>(join(SCRIPTS, script), ...args);
const folderOf = (table: string): string => join(lake.folder, table.replace('.', '/'));
const read = (table: string, version?: number): Promise<SeenTable> =>
  run('read_table.py', folderOf(table), ...(version === undefined ? [] : [String(version)]));
const append = (table: string, sql: string, txn?: { appId: string; version: number }): Promise<unknown> =>
  lake.delta.write(table, { mode: 'append', query: { sql }, txn });
const numbers = (from: number): string => `SELECT i AS id, 'n' || i AS name FROM range(${from}, ${from + 10}) AS r(i)`;
const ids = ({ rows }: SeenTable): number[] => rows.map(({ id }) => Number(id)).sort((a, b) => a - b);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id);

describe('deltalake reads our tables:', () => {
  it('every type, and no value of each', async () => {
    const select = TYPES.map(([column, sql]) => `${sql} AS ${column}`).join(', ');
    const nothing = TYPES.map(([column]) => `nullif(${column}, ${column}) AS ${column}`).join(', ');
    await append('silver.types', `SELECT ${select}`);
    await append('silver.types', `SELECT ${nothing} FROM (SELECT ${select})`);

    const { protocol, columns, rows } = await read('silver.types');
    expect(protocol).toEqual([1, 2]);
    expect(columns.map(({ name, type }) => [name, type])).toEqual(TYPES.map(([name, , type]) => [name, type]));
    expect(rows).toHaveLength(2);
    expect(rows).toContainEqual(Object.fromEntries(TYPES.map(([name, , , elsewhere]) => [name, elsewhere])));
    expect(rows).toContainEqual(Object.fromEntries(TYPES.map(([name]) => [name, null])));
  });

  it('what a number or a time can be at its ends', async () => {
    await append(
      'silver.ends',
      `SELECT * FROM (VALUES (9223372036854775807, 'nan'::DOUBLE, DATE '0001-01-01', TIMESTAMPTZ '9999-12-31 23:59:59.999999+00', ''),
        (-9223372036854775808, '-inf'::DOUBLE, DATE '9999-12-31', TIMESTAMPTZ '0001-01-01 00:00:00+00', repeat('é', 5000))) AS v(n, x, day, moment, text)`,
    );
    const { rows } = await read('silver.ends');
    expect(rows.map(({ n, x, day, text }) => [n, x, day, String(text).length])).toEqual([
      ['9223372036854775807', 'nan', '0001-01-01', 0],
      ['-9223372036854775808', '-inf', '9999-12-31', 5000],
    ]);
    expect(rows.map(({ moment }) => moment)).toEqual(['9999-12-31 23:59:59.999999+00:00', '0001-01-01 00:00:00+00:00']);
  });

  it('descriptions, and the history with what we keep in it', async () => {
    await lake.delta.write('silver.described', {
      ...{ mode: 'append', query: { sql: numbers(0) }, operation: 'BUILD', info: { run: 'r-1' } },
      ...{ description: 'Ten numbers', columnDescriptions: { id: 'the key' } },
    });
    const { description, columns, history } = await read('silver.described');
    expect([description, columns[0].comment]).toEqual(['Ten numbers', 'the key']);
    expect(history).toEqual([{ version: 0, operation: 'BUILD', lab: { run: 'r-1' } }]);
  });

  it('each version, before and behind a checkpoint and after an overwrite', async () => {
    for (let version = 0; version < 14; version++) await append('silver.versions', numbers(10 * version));
    await lake.delta.write('silver.versions', { mode: 'overwrite', query: { sql: 'SELECT true AS other' } });
    for (const version of [0, 5, 10, 13]) expect(ids(await read('silver.versions', version))).toEqual(upTo(10 * version + 10));
    expect((await read('silver.versions')).rows).toEqual([{ other: true }]);
  });

  it('the checkpoint alone, once the log before it is gone', async () => {
    for (let version = 0; version < 12; version++) {
      await append('silver.checkpointed', numbers(10 * version), { appId: 'load', version });
    }
    await cp(folderOf('silver.checkpointed'), folderOf('silver.cut'), { recursive: true });
    for (let version = 0; version < 10; version++) {
      await rm(join(folderOf('silver.cut'), '_delta_log', `${String(version).padStart(20, '0')}.json`));
    }
    expect(ids(await read('silver.cut'))).toEqual(upTo(120));
    expect(await lake.delta.snapshot('silver.cut')).toMatchObject({ version: 11, rows: 120, txns: new Map([['load', 11]]) });
  });

  it('several transactions of one commit, in the log and in a checkpoint', async () => {
    const [table, appIds] = ['bronze.recorded', ['stream:0', 'stream:1', 'stream:2']];
    for (let version = 0; version < 12; version++) {
      const txn = appIds.slice(0, 2).map((appId) => ({ appId, version, previous: version === 0 ? null : version - 1 }));
      await lake.delta.write(table, { mode: 'append', query: { sql: numbers(10 * version) }, txn });
    }
    const recordedAt = (version: number) => run('read_transactions.py', folderOf(table), String(version), ...appIds);
    expect(await recordedAt(3)).toEqual([3, 3, null]);
    expect(await recordedAt(11)).toEqual([11, 11, null]);
    expect(ids(await read(table))).toEqual(upTo(120));
  });

  it('only the files that its filter can match, as DuckDB does too', async () => {
    for (let version = 0; version < 12; version++) await append('silver.skipped', numbers(10 * version));
    const seen = await run('skip_files.py', folderOf('silver.skipped'), 'id', '105');
    expect(seen).toEqual({ deltalake: 2, duckdb: 2, values: upTo(120).slice(105) });
  });
});

describe('deltalake and we write the same table:', () => {
  it('each appends behind the other', async () => {
    await append('silver.shared', numbers(0));
    await run('append_rows.py', folderOf('silver.shared'), '10', 'theirs');
    await append('silver.shared', numbers(11));
    await run('append_rows.py', folderOf('silver.shared'), '21', 'theirs');
    expect(ids(await read('silver.shared'))).toEqual(upTo(22));
    expect(await lake.delta.snapshot('silver.shared')).toMatchObject({ version: 3, rows: 22 });
  });

  it('our overwrite does not swallow what they appended meanwhile', async () => {
    await append('silver.contested', numbers(0));
    const inspect = async (): Promise<undefined> =>
      void (await run('append_rows.py', folderOf('silver.contested'), '10', 'theirs'));
    const overwrite = lake.delta.write('silver.contested', { mode: 'overwrite', query: { sql: numbers(5) }, inspect });
    await expect(overwrite).rejects.toThrow('version 1 added or removed rows');
    expect(ids(await read('silver.contested'))).toEqual(upTo(11));
  });
});

describe('we read the tables of deltalake:', () => {
  beforeAll(() => run('write_tables.py', join(lake.folder, 'theirs')));

  const rowsOf = (table: string, sql: string): Promise<Record<string, unknown>[]> => lake.query(`theirs.${table}`, sql);

  it('partition values with accents, spaces and signs, and none', async () => {
    const text = 'SELECT id, city, CAST(day AS VARCHAR) AS day, epoch_us(moment) AS moment, price FROM t ORDER BY id';
    const noon = BigInt(Date.UTC(2024, 1, 29, 12)) * 1000n + 123456n;
    expect(await rowsOf('partitioned', text)).toEqual([
      { id: 1n, city: 'São Paulo', day: '2024-02-29', moment: noon, price: '1.50' },
      { id: 2n, city: null, day: null, moment: null, price: null },
      { id: 3n, city: 'a/b=c%20d e', day: '2024-02-29', moment: noon, price: '2.00' },
      { id: 4n, city: "it's 100%", day: '2024-03-01', moment: noon, price: '3.00' },
      { id: 5n, city: 'São Paulo', day: '2024-02-29', moment: noon, price: '5.00' },
      { id: 7n, city: 'NULL', day: '2024-03-02', moment: noon, price: '7.00' },
    ]);
  });

  it('their checkpoint, their deletion and their versions', async () => {
    const snapshot = await lake.delta.snapshot('theirs.partitioned');
    expect(snapshot).toMatchObject({ version: 4, rows: 6, partitionColumns: ['city', 'day', 'moment'] });
    const before = await lake.delta.snapshot('theirs.partitioned', { version: 2 });
    expect(await lake.query(before, 'SELECT list(id ORDER BY id) AS ids FROM t')).toEqual([{ ids: [1n, 2n, 3n, 4n, 5n, 6n] }]);
    expect(await lake.delta.history('theirs.partitioned', 2)).toMatchObject([
      { version: 4, operation: 'WRITE', rowsAdded: 1 },
      { version: 3, operation: 'DELETE', rowsRemoved: 1, filesRemoved: 1 },
    ]);
  });

  it('a column that older files have not', async () => {
    expect(await rowsOf('evolved', 'SELECT * FROM t ORDER BY id')).toEqual([
      { id: 1n, name: 'first', colour: null },
      { id: 2n, name: 'second', colour: 'red' },
    ]);
  });

  it('times without a zone, and adds such a row', async () => {
    await append('theirs.without_zone', `SELECT 2::BIGINT AS id, TIMESTAMP '2024-03-01 00:00:00' AS moment`);
    expect((await lake.delta.snapshot('theirs.without_zone')).columns[1].type).toBe('TIMESTAMP');
    expect((await read('theirs.without_zone')).rows.map(({ moment }) => moment).sort()).toEqual([
      '2024-02-29 12:00:00',
      '2024-03-01 00:00:00',
    ]);
  });

  it('a log that begins with a checkpoint', async () => {
    expect(await rowsOf('cleaned', 'SELECT list(id ORDER BY id) AS ids FROM t')).toEqual([{ ids: [0n, 1n, 2n, 3n, 4n, 5n, 6n] }]);
    await expect(lake.delta.snapshot('theirs.cleaned', { version: 2 })).rejects.toThrow('has no version 2');
  });

  it('and keep the checks that they declared', async () => {
    await expect(append('theirs.constrained', 'SELECT -1::BIGINT AS id')).rejects.toThrow('its constraint "positive"');
    await append('theirs.constrained', 'SELECT 2::BIGINT AS id');
    expect(ids(await read('theirs.constrained'))).toEqual([1, 2]);
  });
});
