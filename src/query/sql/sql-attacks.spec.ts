import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { QueryApp } from '../../../test/fixtures/query-app.js';
import { DeltaService } from '../../delta/delta.service.js';

/** What people try who want more than the tables. Whatever the answer is, it tells nothing of the machine. */
describe('SQL that wants out', () => {
  let app: QueryApp;
  beforeAll(async () => {
    app = await QueryApp.open();
    await app.write('gold.routes', "SELECT 'SFO' AS origin, 3 AS flights, 'a,b' AS notes");
    await app.provider(DeltaService).write('quarantine.routes', { mode: 'append', query: { sql: "SELECT 'secret' AS origin" } });
    await writeFile(join(app.folder, 'secret.csv'), 'password\nopen-sesame\n');
  });
  afterAll(() => app.close());

  const ask = async (sql: string, more: object = {}) => {
    const response = await app.fetch('/api/v1/sql', { sql, ...more });
    const text = await response.text();
    expect(text).not.toContain(app.folder);
    expect(text).not.toMatch(/open-sesame|root:x|duckdb~|\.parquet|\bsecret'/);
    const { code = 'OK', detail = '' } = JSON.parse(text) as { code?: string; detail?: string };
    return { status: response.status, code, detail };
  };

  describe('by a statement', () => {
    it.each([
      ["COPY (SELECT 1) TO '/tmp/x.csv'", 'COPY'],
      ["COPY gold.routes FROM '/etc/passwd'", 'COPY'],
      ["ATTACH '/tmp/x.db' AS x", 'ATTACH'],
      ['DETACH memory', 'DETACH'],
      ['USE memory', 'USE'],
      ['INSTALL httpfs', 'INSTALL'],
      ['LOAD httpfs', 'LOAD'],
      ['PRAGMA database_list', 'PRAGMA'],
      ["PRAGMA enable_profiling='json'", 'PRAGMA'],
      ["SET memory_limit = '100GB'", 'SET'],
      ['RESET memory_limit', 'RESET'],
      ['CALL duckdb_settings()', 'CALL'],
      ["EXPORT DATABASE '/tmp/x'", 'EXPORT'],
      ["IMPORT DATABASE '/tmp/x'", 'IMPORT'],
      ['EXPLAIN SELECT * FROM gold.routes', 'EXPLAIN'],
      ['EXPLAIN ANALYZE SELECT * FROM gold.routes', 'EXPLAIN'],
      ['CREATE TABLE x AS SELECT 1', 'CREATE'],
      ['CREATE OR REPLACE VIEW gold.routes AS SELECT 1', 'CREATE'],
      ["CREATE MACRO peek() AS TABLE SELECT * FROM read_text('/etc/passwd')", 'CREATE'],
      ["CREATE SECRET s (TYPE s3, KEY_ID 'x')", 'CREATE'],
      ['INSERT INTO gold.routes SELECT 1', 'INSERT'],
      ['UPDATE gold.routes SET flights = 0', 'UPDATE'],
      ['DELETE FROM gold.routes', 'DELETE'],
      ['TRUNCATE gold.routes', 'TRUNCATE'],
      ['DROP VIEW gold.routes', 'DROP'],
      ['ALTER TABLE gold.routes ADD COLUMN x INTEGER', 'ALTER'],
      ['MERGE INTO gold.routes USING gold.routes AS r ON false WHEN MATCHED THEN DELETE', 'MERGE'],
      ['VACUUM', 'VACUUM'],
      ['CHECKPOINT', 'CHECKPOINT'],
      ['BEGIN TRANSACTION', 'BEGIN'],
      ["PREPARE p AS SELECT * FROM read_text('/etc/passwd')", 'PREPARE'],
      ['EXECUTE p', 'EXECUTE'],
      ['SHOW TABLES', 'only a SELECT'],
      ['DESCRIBE gold.routes', 'only a SELECT'],
      ['SUMMARIZE gold.routes', 'only a SELECT'],
      ['WITH x AS (SELECT 1) INSERT INTO gold.routes SELECT 1', 'WITH'],
      ['-- SELECT 1\nDROP VIEW gold.routes', 'DROP'],
      ['/* SELECT */ DROP VIEW gold.routes', 'DROP'],
    ])('%s', async (sql, named) => {
      const { status, code, detail } = await ask(sql);
      expect([status, code]).toEqual([403, 'SQL_FORBIDDEN']);
      expect(detail.toLowerCase()).toContain(named.toLowerCase());
    });

    it.each([
      'SELECT 1; SELECT 2',
      'SELECT 1; DROP VIEW gold.routes',
      "SELECT ';'; COPY (SELECT 1) TO '/tmp/x'",
      '',
      '  ',
      '-- nothing',
      ';',
    ])('not one: %s', async (sql) => {
      expect([400, 403]).toContain((await ask(sql)).status);
    });
  });

  describe('by a function', () => {
    it.each([
      "SELECT * FROM read_csv('/etc/passwd')",
      "SELECT * FROM read_csv_auto('/etc/passwd')",
      "SELECT * FROM read_parquet('/etc/passwd')",
      "SELECT * FROM parquet_scan('/etc/passwd')",
      "SELECT * FROM parquet_metadata('/etc/passwd')",
      "SELECT * FROM read_json('/etc/passwd')",
      "SELECT * FROM read_ndjson_objects('/etc/passwd')",
      "SELECT * FROM read_text('/etc/passwd')",
      "SELECT * FROM READ_BLOB('/etc/passwd')",
      "SELECT * FROM main.read_text('/etc/passwd')",
      "SELECT * FROM system.main.read_text('/etc/passwd')",
      `SELECT * FROM "read_text"('/etc/passwd')`,
      "SELECT * FROM glob('/**')",
      "SELECT * FROM sniff_csv('/etc/passwd')",
      "SELECT * FROM query('SELECT 1')",
      "SELECT * FROM query_table('gold.routes')",
      "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
      "SELECT * FROM sqlite_scan('/tmp/x.db', 't')",
      "SELECT * FROM postgres_scan('host=127.0.0.1', 'public', 't')",
      'SELECT * FROM duckdb_settings()',
      'SELECT * FROM duckdb_views()',
      'SELECT * FROM duckdb_databases()',
      'SELECT * FROM duckdb_secrets()',
      'SELECT * FROM duckdb_temporary_files()',
      'SELECT * FROM duckdb_logs()',
      'SELECT * FROM pragma_database_list()',
      'SELECT * FROM pragma_storage_info(1)',
      'SELECT * FROM which_secret(1, 2)',
      'SELECT * FROM force_checkpoint()',
      "SELECT current_setting('allowed_paths')",
      "SELECT Current_Setting('temp_directory')",
      `SELECT main."current_setting"('temp_directory')`,
      "SELECT ('temp_directory').current_setting()",
      "SELECT getenv('HOME')",
      "SELECT getvariable('x')",
      'SELECT current_query()',
      'SELECT pg_get_viewdef(1)',
      'SELECT pg_catalog.pg_get_viewdef(1)',
      'SELECT pg_get_constraintdef(1)',
      "SELECT get_block_size('memory')",
      "SELECT write_log('x')",
      "SELECT nextval('x')",
      "SELECT json_serialize_plan('SELECT 1')",
    ])('%s', async (sql) => {
      const { status, code, detail } = await ask(sql);
      expect([status, code, detail]).toEqual([403, 'SQL_FORBIDDEN', expect.stringMatching(/function \w+ is not allowed/)]);
    });

    it.each([
      "WITH x AS (SELECT * FROM read_text('/etc/passwd')) SELECT 1",
      "WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x, read_text('/etc/passwd')) SELECT * FROM x",
      "SELECT (SELECT content FROM read_text('/etc/passwd'))",
      "SELECT 1 WHERE EXISTS (FROM read_text('/etc/passwd'))",
      "SELECT 1 ORDER BY (SELECT content FROM read_text('/etc/passwd'))",
      "SELECT 1 LIMIT (SELECT length(content) FROM read_text('/etc/passwd'))",
      "SELECT list_transform([1], lambda x: (SELECT content FROM read_text('/etc/passwd')))",
      "SELECT sum(flights) FILTER (WHERE current_setting('temp_directory') <> '') FROM gold.routes",
      "SELECT sum(flights) OVER (ORDER BY current_setting('temp_directory')) FROM gold.routes",
      "SELECT flights FROM gold.routes QUALIFY row_number() OVER (ORDER BY current_setting('temp_directory')) = 1",
      "FROM gold.routes SELECT CASE WHEN flights > 0 THEN current_setting('temp_directory') END",
      "SELECT * REPLACE (current_setting('temp_directory') AS notes) FROM gold.routes",
      "SELECT COLUMNS(c -> current_setting('temp_directory') <> c) FROM gold.routes",
      "SELECT * FROM gold.routes UNION ALL SELECT * FROM read_csv('/etc/passwd')",
      "SELECT * FROM gold.routes, LATERAL (SELECT * FROM read_text('/etc/passwd'))",
      "SELECT * FROM (VALUES (current_setting('temp_directory')))",
      "SELECT * FROM range(1, length(current_setting('temp_directory')))",
      "PIVOT (SELECT current_setting('temp_directory') AS k, 1 AS n) ON k IN ('a') USING sum(n)",
      'SELECT * FROM (DESCRIBE gold.routes)',
      'SELECT * FROM (SHOW ALL TABLES)',
    ])('hidden in %s', async (sql) => {
      expect((await ask(sql)).code).toBe('SQL_FORBIDDEN');
    });
  });

  it('by no macro of DuckDB that looks into its catalogue', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const macros = await connection.runAndReadAll(
      "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'macro' AND regexp_matches(macro_definition, '(duckdb|pragma)_')",
    );
    instance.closeSync();
    const names = macros.getRows().map(([name]) => String(name));
    expect(names).toContain('pg_get_viewdef');
    const codes = await Promise.all(names.map(async (name) => (await ask(`SELECT ${name}(1)`)).code));
    expect(codes).toEqual(names.map(() => 'SQL_FORBIDDEN'));
  });

  describe('by a name', () => {
    it.each([
      "SELECT * FROM '/etc/passwd'",
      `SELECT * FROM "/etc/passwd"`,
      "SELECT * FROM 'secret.csv'",
      'SELECT * FROM information_schema.tables',
      'SELECT * FROM pg_catalog.pg_tables',
      'SELECT * FROM pg_class',
      'SELECT * FROM duckdb_settings',
      'SELECT * FROM duckdb_views',
      'SELECT * FROM sqlite_master',
      'SELECT * FROM pragma_database_list',
      'SELECT * FROM quarantine.routes',
      'SELECT * FROM "../gold".routes',
      `SELECT * FROM "gold/../gold".routes`,
      `SELECT * FROM gold."routes') UNION SELECT * FROM read_text('/etc/passwd') --"`,
      `SELECT * FROM gold."x"";DROP VIEW y;--"`,
      'WITH gold AS (SELECT 1) SELECT * FROM gold.nothing',
      'WITH x AS (SELECT * FROM x) SELECT * FROM x',
      'SELECT * FROM "(view)"',
      'SELECT * FROM partition_0',
    ])('%s', async (sql) => {
      const { status, detail } = await ask(sql);
      expect([status, detail]).toEqual([422, expect.stringMatching(/^There is no table/)]);
    });

    it.each(['SELECT * FROM memory.main.x', 'SELECT * FROM system.information_schema.tables', 'SELECT * FROM temp.gold.routes'])(
      'of another database: %s',
      async (sql) => {
        expect((await ask(sql)).code).toBe('SQL_FORBIDDEN');
      },
    );
  });

  it.each<[string, object]>([
    ['a path', { '../../etc/passwd': 0 }],
    ['SQL', { "gold.routes'; DROP VIEW x; --": 0 }],
    ['SQL in place of a version', { 'gold.routes': '0; DROP VIEW x' }],
    ['a fraction', { 'gold.routes': 0.5 }],
    ['a negative number', { 'gold.routes': -1 }],
    ['a list', { 'gold.routes': [0] }],
  ])('by as_of with %s', async (_what, asOf) => {
    expect((await ask('SELECT * FROM gold.routes', { as_of: asOf })).status).toBe(400);
  });

  it.each([
    "gold.routes' OR 1=1 --/preview",
    'gold.routes"; DROP TABLE x; --/preview',
    '../../../etc/passwd/preview',
    'gold.routes/../../../preview',
    '/etc/passwd/download',
    'gold.\0/preview',
    `gold.${'x'.repeat(3_000)}/download`,
    'quarantine.routes/preview',
    'quarantine.routes/download',
    'gold.routes/preview?limit=1; DROP VIEW x',
    'gold.routes/preview?version=0 OR 1=1',
    'gold.routes/preview?version=99999999999999999999',
    'gold.routes/download?version=-1',
    "gold.routes/download?format=csv' --",
    'gold.routes/download?format=../../etc/passwd',
    "gold.routes/download?partition_by=origin\" FROM read_text('/etc/passwd') --",
    'gold.routes/download?partition_by=(SELECT 1)',
    'gold.routes/download?partition_by=../../origin',
  ])('by an address: %s', async (address) => {
    const [path, query] = address.split('?');
    const cut = path.lastIndexOf('/');
    const route = `${encodeURIComponent(path.slice(0, cut))}${path.slice(cut)}`;
    const asked =
      query === undefined ? '' : `?${query.replace(/=(.*)/s, (_all, value: string) => `=${encodeURIComponent(value)}`)}`;
    const response = await app.fetch(`/api/v1/datasets/${route}${asked}`);
    const text = await response.text();
    expect([400, 404, 414, 422]).toContain(response.status);
    expect(text).not.toContain(app.folder);
    expect(text).not.toMatch(/root:x|secret'|\.parquet|\n\s+at /);
  });

  it.each([
    ['brackets', `SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`],
    ['a sum', `SELECT 1${' + 1'.repeat(20_000)}`],
    ['functions', `SELECT ${'abs('.repeat(15_000)}1${')'.repeat(15_000)}`],
    ['subqueries', `${'SELECT (FROM ('.repeat(5_000)}SELECT 1${'))'.repeat(5_000)}`],
    ['unions', `SELECT 1${' UNION ALL SELECT 1'.repeat(400)}`],
    ['a list of conditions', `SELECT 1 WHERE true${' AND true'.repeat(2_000)}`],
    ['types', `SELECT NULL::${'STRUCT(a '.repeat(9_000)}INT${')'.repeat(9_000)}`],
  ])('by depth: %s', async (_what, sql) => {
    expect([200, 403, 422]).toContain((await ask(sql)).status);
  });

  it('leaves nothing behind', async () => {
    expect((await readdir(join(app.folder, 'data/tmp'))).length).toBeLessThanOrEqual(1);
    expect((await ask('SELECT count(*) FROM gold.routes')).status).toBe(200);
  });
});
