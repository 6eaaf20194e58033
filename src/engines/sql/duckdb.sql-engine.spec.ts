import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { jest } from '@jest/globals';
import { keepsSqlContract } from '../../../test/contracts/sql.contract.js';
import { ENDLESS, MANY } from '../../../test/contracts/sql-tools.js';
import { DuckDbSqlEngine } from './duckdb.sql-engine.js';
import { SqlError, SqlForbiddenError, SqlResourcesError } from './sql.errors.js';

describe('DuckDbSqlEngine', () => {
  let folder: string;
  let sql: DuckDbSqlEngine;
  const open = (memoryLimit = '1GB') => DuckDbSqlEngine.open({ threads: 2, memoryLimit, tempFolder: join(folder, 'data/tmp') });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'duckdb-'));
    sql = await open();
  });
  afterEach(async () => {
    await sql.close();
    await rm(folder, { recursive: true });
  });

  const value = async (expression: string) => (await sql.rows({ sql: `SELECT ${expression} AS v` }))[0].v;
  const refusal = async (text: string): Promise<SqlError> => {
    const error: unknown = await sql.rows({ sql: text }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SqlError);
    return error as SqlError;
  };

  describe('keeps the contract', () => keepsSqlContract(open));

  describe('lets nobody out', () => {
    it.each([
      "COPY (SELECT 1) TO '/tmp/x.csv'",
      "ATTACH '/tmp/x.db' AS x",
      'PRAGMA version',
      'CALL duckdb_settings()',
      "EXPORT DATABASE '/tmp/x'",
      'INSTALL httpfs',
      'CHECKPOINT',
      'EXPLAIN ANALYZE SELECT 1',
      "SELECT * FROM read_csv('/etc/passwd')",
      "SELECT * FROM Read_Text('/etc/passwd')",
      "SELECT (SELECT content FROM read_text('/etc/passwd'))",
      "WITH a AS (FROM read_parquet('x')) SELECT 1",
      "SELECT * FROM glob('/**')",
      "SELECT * FROM query('SELECT 1')",
      "SELECT * FROM query_table('x')",
      'SELECT * FROM duckdb_settings()',
      'SELECT * FROM duckdb_views()',
      "SELECT * FROM sniff_csv('/etc/passwd')",
      "SELECT current_setting('temp_directory')",
      'SELECT main.current_query()',
      "SELECT json_serialize_plan('SELECT * FROM ''/etc/passwd''')",
      'SELECT * FROM memory.main.x',
      'SUMMARIZE SELECT 1',
      'SELECT * FROM (DESCRIBE SELECT 1)',
    ])('with %s', async (text) => {
      expect(await refusal(text)).toBeInstanceOf(SqlForbiddenError);
    });

    it.each([
      "SELECT * FROM '/etc/passwd'",
      'SELECT * FROM information_schema.tables',
      'SELECT * FROM duckdb_tables',
      'SELECT * FROM pg_catalog.pg_tables',
    ])('by a name that DuckDB knows: %s', async (text) => {
      expect((await refusal(text)).reason).toContain('There is no table');
    });

    it('says where the function stands that is not allowed', async () => {
      const error = await refusal("SELECT 1\nFROM (\n  SELECT * FROM read_csv('x'))");
      expect([error.line, error.column, error.reason]).toEqual([
        3,
        17,
        expect.stringContaining('The function read_csv is not allowed in FROM'),
      ]);
    });
  });

  it('reads a text once, however many tables it names', async () => {
    const text = `SELECT 1 FROM ${Array.from({ length: 50 }, (_, n) => `t${n}`).join(',\n')}`;
    const copies = jest.spyOn(Buffer, 'from');
    const { references } = await sql.parse(text);
    expect(copies.mock.calls.filter(([copied]) => (copied as unknown) === text)).toHaveLength(1);
    copies.mockRestore();
    expect([references.length, references[49]]).toEqual([50, { table: 't49', line: 50, column: 1 }]);
  });

  describe('PIVOT', () => {
    it('is a SELECT when its values stand in the text', async () => {
      const text = "PIVOT (SELECT * FROM (VALUES ('a', 1), ('b', 2)) AS v(k, n)) ON k IN ('a', 'b') USING sum(n)";
      expect(await sql.rows({ sql: text })).toEqual([{ a: 1n, b: 2n }]);
    });

    it('is refused with a way out when they do not', async () => {
      expect((await refusal('PIVOT t ON k USING sum(n)')).reason).toContain('ON x IN (1, 2)');
    });
  });

  describe('values', () => {
    it.each<[string, unknown]>([
      ['170141183460469231731687303715884105727', 170141183460469231731687303715884105727n],
      ["'ff'::BLOB", Buffer.from('ff')],
      ["UUID '00000000-0000-0000-0000-000000000001'", '00000000-0000-0000-0000-000000000001'],
      ["'b'::ENUM ('a', 'b')", 'b'],
      ["TIME '01:02:03.5'", '01:02:03.5'],
      ["INTERVAL '1 month 2 days'", '1 month 2 days'],
      ["'101'::BIT", '101'],
      [`'{"a": 1}'::JSON`, '{"a": 1}'],
      ["TIMESTAMP 'infinity'", Infinity],
      ["DATE '-infinity'", -Infinity],
      ["TIMESTAMP_S '1969-12-31 23:59:59'", new Date('1969-12-31T23:59:59Z')],
      ["TIMESTAMP_MS '1969-12-31 23:59:59.5'", new Date('1969-12-31T23:59:59.500Z')],
      ["TIMESTAMP_NS '1969-12-31 23:59:59.999999999'", new Date('1969-12-31T23:59:59.999Z')],
      ['[1, NULL]::BIGINT[]', [1n, null]],
      [
        "{'a': 1.50, 'b c': [DATE '1970-01-02', NULL], 'd': {'e': NULL}}",
        { a: '1.50', 'b c': [new Date(86_400_000), null], d: { e: null } },
      ],
      ["MAP {'x y': {'z': 1}, '': NULL}", { 'x y': { z: 1 }, '': null }],
      ["MAP {DATE '2020-01-01': 1}", { '2020-01-01': 1 }],
      ['union_value(a := 1::BIGINT)', 1n],
      ['[1, 2]::INTEGER[2]', [1, 2]],
      ['NULL', null],
      ['[]::INTEGER[]', []],
    ])('%s', async (expression, expected) => {
      expect(await value(expression)).toEqual(expected);
    });

    it('names types so that SQL takes them back', async () => {
      const types = [
        'STRUCT("a b" INTEGER, "c" VARCHAR[])',
        'MAP(VARCHAR, DECIMAL(10,2))',
        'JSON',
        'TIMESTAMP WITH TIME ZONE',
        "ENUM('a', 'it''s')",
      ];
      const columns = await sql.describe({
        sql: `SELECT ${types.map((type, index) => `CAST(NULL AS ${type}) AS c${index}`).join(', ')}`,
      });
      expect(columns.map(({ type }) => type)).toEqual(types);
    });
  });

  describe('materialising', () => {
    const materialise = async (text: string) => {
      const out = await mkdtemp(join(folder, 'out-'));
      return sql.materialise({ sql: text }, out);
    };

    it('says which types stand in the files where Parquet has no other', async () => {
      const { columns } = await materialise(
        `SELECT 'a'::ENUM ('a') AS e, [1, 2]::INTEGER[2] AS arr, TIMESTAMP_S '2020-01-01' AS ts, {'h': [1::HUGEINT]} AS s, 1::UHUGEINT AS u, '1'::JSON AS j`,
      );
      expect(columns.map(({ name, type }) => [name, type])).toEqual([
        ['e', 'VARCHAR'],
        ['arr', 'INTEGER[]'],
        ['ts', 'TIMESTAMP'],
        ['s', 'STRUCT("h" DECIMAL(38,0)[])'],
        ['u', 'DECIMAL(38,0)'],
        ['j', 'JSON'],
      ]);
    });

    it.each(['170141183460469231731687303715884105727', 'INTERVAL (-1) DAY'])(
      'refuses what Parquet cannot hold: %s',
      async (held) => {
        await expect(materialise(`SELECT ${held} AS h`)).rejects.toThrow(SqlError);
      },
    );

    it('keeps the order also when it has to cast', async () => {
      const { files } = await materialise(`SELECT n, sum(n) OVER () AS s FROM (${MANY}) AS m ORDER BY n DESC`);
      const read = await sql.rows({
        sql: 'SELECT n FROM t LIMIT 3',
        tables: { t: { format: 'parquet', files: files.map(({ file }) => file) } },
      });
      expect(read).toEqual([{ n: 99999 }, { n: 99998 }, { n: 99997 }]);
    });

    it('tells nothing of columns of which it knows nothing', async () => {
      const { files } = await materialise(`SELECT {'a': 1} AS s, [1] AS l, INTERVAL 1 DAY AS i, 'x'::BLOB AS b, 1 AS n`);
      expect(files[0].statistics).toEqual({ b: { nulls: 0, hasNan: false }, n: { min: '1', max: '1', nulls: 0, hasNan: false } });
    });

    it.each([
      ['delta encodings for what is exact', 'n, (n / 7)::DECIMAL(12,2) AS d', ['DELTA_BINARY_PACKED', 'DELTA_BINARY_PACKED']],
      [
        'none that Spark cannot read beside floating-point numbers',
        'n, sqrt(n) AS d, n / 3::FLOAT AS f',
        ['PLAIN', 'PLAIN', 'PLAIN'],
      ],
      ['none that Spark cannot read for those inside of others', "{'x': sqrt(n)} AS s", ['PLAIN']],
    ])('uses %s', async (_, columns, encodings) => {
      const { files } = await materialise(`SELECT ${columns} FROM range(100000) AS r(n)`);
      const duckdb = await DuckDBInstance.create(':memory:');
      const connection = await duckdb.connect();
      const found = await connection.runAndReadAll(
        `SELECT encodings FROM parquet_metadata('${files[0].file}') WHERE row_group_id = 0 ORDER BY column_id`,
      );
      expect(found.getRows().map(([used]) => used)).toEqual(encodings);
      connection.disconnectSync();
      duckdb.closeSync();
    });

    it.each([
      'VALUES (1)',
      'FROM range(3)',
      '(SELECT 1)',
      'WITH a AS (SELECT 1) FROM a',
      'SELECT 1 -- x;',
      "SELECT ';' AS a;;",
      'SELECT 1 /* ; */ ; -- ;',
    ])('takes the SELECT in any of its forms: %s', async (text) => {
      expect((await materialise(text)).files).toHaveLength(1);
    });

    it('reports how far it is', async () => {
      const shares: number[] = [];
      const controller = new AbortController();
      const onProgress = (share: number) => {
        shares.push(share);
        controller.abort();
      };
      const numbers = await materialise(MANY);
      const tables = { t: { format: 'parquet', files: numbers.files.map(({ file }) => file) } } as const;
      const slow = 'SELECT count(*) AS n FROM t AS a, t AS b WHERE hash(a.n, b.n) % 7 = 3';
      await sql.materialise({ sql: slow, tables }, folder, { signal: controller.signal, onProgress }).catch(() => undefined);
      expect(shares.every((share) => share > 0 && share <= 1)).toBe(true);
      expect(shares).toHaveLength(1);
    });
  });

  describe('the first rows of each group', () => {
    it('of no rows are no rows', async () => {
      const none = await sql.materialise({ sql: 'SELECT 1 AS k, 2 AS v FROM range(1) AS r(n) WHERE n > 0' }, folder);
      const tables = { t: { format: 'parquet', files: none.files.map(({ file }) => file), columns: none.columns } } as const;
      const first = (where: string) =>
        sql.rows({ sql: `SELECT v FROM t ${where} QUALIFY row_number() OVER (ORDER BY k) = 1`, tables });
      expect(await first('')).toEqual([]);
      expect(
        await sql.rows({ sql: 'WITH s AS (SELECT count(*) AS n) FROM s WHERE n > 5 QUALIFY row_number() OVER (ORDER BY n) = 1' }),
      ).toEqual([]);
    });

    it.each([
      ['when nothing says which comes first', '(PARTITION BY v ORDER BY NULL) <= 7'],
      ['when there are fewer than asked for', '(ORDER BY v) <= 1000000'],
    ])('are there %s', async (_, place) => {
      const rows = await sql.rows({ sql: `SELECT v FROM range(5) AS r(v) QUALIFY row_number() OVER ${place} ORDER BY v` });
      expect(rows).toHaveLength(5);
    });
  });

  it('says that memory is short, not that the SQL is wrong', async () => {
    const small = await open('30MB');
    const hungry = small.rows({ sql: `SELECT len(list(n)) AS n FROM (${ENDLESS} LIMIT 100000000) AS e` });
    await expect(hungry).rejects.toThrow(SqlResourcesError);
    await expect(hungry).rejects.toThrow('SQL_MEMORY_LIMIT');
    await small.close();
  });

  describe('the folder for what does not fit into memory', () => {
    const spilled = () => readdir(join(folder, 'data/tmp'));

    it('is gone after closing', async () => {
      await sql.close();
      expect(await spilled()).toEqual([]);
    });

    it('of a process that died is removed at the next start, that of a living one is not', async () => {
      const names = [
        `duckdb~${hostname()}~${2 ** 22 + 1}~dead`,
        `duckdb~${hostname()}~${process.ppid}~alive`,
        'duckdb~elsewhere~1~unknown',
        'notes',
      ];
      for (const name of names) {
        await mkdir(join(folder, 'data/tmp', name), { recursive: true });
        await writeFile(join(folder, 'data/tmp', name, 'x.tmp'), '');
      }
      await (await open()).close();
      expect(await spilled()).toEqual(names.slice(1).sort());
    });
  });
});
