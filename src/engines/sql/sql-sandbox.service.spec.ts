import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { jest } from '@jest/globals';
import { QueryProcess } from './sandbox/query-process.js';
import { DamagedFileError, SqlEngineClosedError, SqlResourcesError } from './sql.errors.js';
import type { Query } from './sql.port.js';
import { SqlSandboxService } from './sql-sandbox.service.js';

describe('SqlSandboxService', () => {
  let folder: string;
  let sandbox: SqlSandboxService;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
    const limits = { threads: 1, memoryBytes: 100_000_000, diskBytes: 10_000_000, tempFolder: join(folder, 'tmp') };
    sandbox = new SqlSandboxService({ ...limits, concurrency: 2 });
  });
  afterEach(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true });
  });

  const values = async (query: Query): Promise<unknown[]> => {
    const opened = await sandbox.open(query, new AbortController().signal);
    try {
      const chunks = await Array.fromAsync(opened.read());
      return chunks.flatMap((chunk) => chunk.values.flat());
    } finally {
      await opened.close();
    }
  };

  describe('where no process can be started', () => {
    const program = process.execPath;
    beforeEach(() => (process.execPath = '/nothing/node'));
    afterEach(() => (process.execPath = program));

    it('asks to come back, says nothing of this machine, and closes', async () => {
      const error = await values({ sql: 'SELECT 1' }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SqlResourcesError);
      expect((error as Error).message).toBe('The system has no process for the query now (ENOENT). Ask again in a moment.');
      await sandbox.close();
    });

    it('answers again as soon as one can', async () => {
      await expect(values({ sql: 'SELECT 1' })).rejects.toThrow(SqlResourcesError);
      process.execPath = program;
      expect(await values({ sql: 'SELECT 7' })).toEqual([7]);
    });
  });

  it('ends queries that run, open and wait when it closes', async () => {
    const ends = new AbortController().signal;
    const running = await sandbox.open({ sql: 'SELECT count(*) FROM range(1000000000000)' }, ends);
    const rows = Array.fromAsync(running.read());
    const others = Array.from({ length: 3 }, () => sandbox.open({ sql: 'SELECT 1' }, ends));
    const outcomes = Promise.allSettled([rows, ...others]);
    await sandbox.close();
    expect(sandbox.present).toBe(0);
    expect((await outcomes).map((outcome) => (outcome as PromiseRejectedResult).reason as unknown)).toEqual(
      Array.from({ length: 4 }, () => expect.any(SqlEngineClosedError)),
    );
    await expect(values({ sql: 'SELECT 1' })).rejects.toThrow(SqlEngineClosedError);
  });

  describe('the process that waits for the next query', () => {
    const spare = () => sandbox['spare'];
    const kill = async () => {
      const killed = spare();
      killed?.['child'].kill('SIGKILL');
      await killed?.ended;
    };

    it('is not given to it when the system has ended it', async () => {
      await values({ sql: 'SELECT 1' });
      await kill();
      expect(await values({ sql: 'SELECT 7' })).toEqual([7]);
    });

    it('has one successor, and none for ever where the system ends that too', async () => {
      await values({ sql: 'SELECT 1' });
      await kill();
      expect(spare()).toBeDefined();
      await kill();
      expect(spare()).toBeUndefined();
      expect(await values({ sql: 'SELECT 7' })).toEqual([7]);
    });
  });

  it('takes no process as long as there is no folder to spill into', async () => {
    await writeFile(join(folder, 'tmp'), 'a file where the folder should be');
    const starts = jest.spyOn(QueryProcess, 'start');
    await expect(values({ sql: 'SELECT 1' })).rejects.toThrow(SqlResourcesError);
    expect(starts).not.toHaveBeenCalled();
    starts.mockRestore();
    await rm(join(folder, 'tmp'));
    expect(await values({ sql: 'SELECT 7' })).toEqual([7]);
  });

  it.each(['lake[1]', 'la*ke', 'lake?'])('reads the tables of a folder called %s, and says nothing of it', async (name) => {
    const lake = join(folder, name);
    const file = join(lake, 'part.parquet');
    await mkdir(lake);
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    await connection.run(`COPY (SELECT 7 AS a) TO '${file}'`);
    instance.closeSync();
    const query: Query = { sql: 'FROM gold.t', tables: { 'gold.t': { format: 'parquet', files: [file] } } };
    expect(await values(query)).toEqual([7]);
    await rm(file);
    const error: unknown = await values(query).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DamagedFileError);
    expect((error as Error).message).toContain('gold.t (part.parquet) cannot be read');
    expect((error as Error).message).not.toContain(folder);
  });
});
