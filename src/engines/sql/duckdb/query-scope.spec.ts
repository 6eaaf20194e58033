import { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { jest } from '@jest/globals';
import { CallGate } from './call-gate.js';
import { QueryScope } from './query-scope.js';
import { Session } from './session.js';

describe('QueryScope', () => {
  let instance: DuckDBInstance;
  beforeEach(async () => {
    instance = await DuckDBInstance.create(':memory:', { errors_as_json: 'true' });
  });
  afterEach(() => instance.closeSync());

  const aSession = () => new Session(instance, new CallGate(1), {});
  const tables = { 'silver.t': { format: 'parquet', files: [], columns: [{ name: 'a', type: 'INTEGER' }] } } as const;
  const view = { format: 'view', query: { sql: 'SELECT * FROM silver.t', tables } } as const;
  const databases = async () => {
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll('SELECT database_name FROM duckdb_databases() WHERE NOT internal ORDER BY 1');
    connection.closeSync();
    return reader.getRows().flat();
  };

  it('has a database of its own, and one for each view', async () => {
    const scope = await QueryScope.open(aSession(), { sql: 'SELECT * FROM v', tables: { v: view } });
    expect(await databases()).toHaveLength(3);
    await scope.close();
  });

  it('leaves nothing in the instance when it is closed, not even in the middle of a result', async () => {
    const scope = await QueryScope.open(aSession(), { sql: 'SELECT * FROM v', tables: { v: view } });
    await scope.run(async (connection) => (await connection.stream('SELECT * FROM range(1000000)')).fetchChunk());
    await scope.close();
    expect(await databases()).toEqual(['memory']);
  });

  it('leaves nothing in the instance when a table cannot be opened', async () => {
    const files = ['/nothing/here.parquet'];
    const opening = QueryScope.open(aSession(), { sql: 'SELECT * FROM t', tables: { t: { format: 'parquet', files } } });
    await expect(opening).rejects.toThrow('No files found that match the pattern "t (here.parquet)"');
    expect(await databases()).toEqual(['memory']);
  });

  it('opens hundreds of tables with a text that grows with their number alone', async () => {
    const { 'silver.t': table } = tables;
    const many = Array.from({ length: 500 }, (_, at) => `a_table_with_a_name_of_some_length_${at}`);
    const text = jest.spyOn(DuckDBConnection.prototype, 'run');
    const lengthFor = async (names: readonly string[]): Promise<number> => {
      const sql = `SELECT ${names.map((name) => `(SELECT count(*) FROM ${name})`).join(', ')}`;
      const scope = await QueryScope.open(aSession(), { sql, tables: Object.fromEntries(names.map((name) => [name, table])) });
      await scope.close();
      return Math.max(...text.mock.calls.map(([statements]) => statements.length));
    };
    const few = await lengthFor(many.slice(0, 50));
    expect(await lengthFor(many)).toBeLessThan(11 * few);
    text.mockRestore();
  });

  it('opens no table that the SELECT does not name', async () => {
    const broken = { format: 'parquet', files: ['/nothing/here.parquet'] } as const;
    const scope = await QueryScope.open(aSession(), { sql: 'SELECT 1', tables: { broken } });
    await scope.close();
  });
});
