import { Logger } from '@nestjs/common';
import { AbstractLogger, DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { openTestDatabase } from '../../../test/fixtures/postgres.js';
import { migrate } from './migrate.js';

class Slow1767225600901 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE lab.slow (ran_at timestamptz)');
    await runner.query('INSERT INTO lab.slow SELECT now() FROM pg_sleep(0.3)');
  }

  down = (): Promise<void> => Promise.reject(new Error('not here'));
}

class Broken1767225600902 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE lab.half (id int)');
    await runner.query('SELECT * FROM lab.nowhere');
  }

  down = (): Promise<void> => Promise.reject(new Error('not here'));
}

/** TypeORM tells the console what `migrate` tells its caller. */
class Silence extends AbstractLogger {
  protected writeLog(): void {}
}

describe('migrate', () => {
  let server: { url: string; close(): Promise<void> };
  const sources: DataSource[] = [];

  beforeEach(async () => {
    Logger.overrideLogger(false);
    server = await openTestDatabase('template0');
  });
  afterEach(async () => {
    for (const source of sources.splice(0)) await source.destroy();
    await server.close();
    Logger.overrideLogger(['warn', 'error']);
  });

  const open = async (...migrations: (new () => MigrationInterface)[]): Promise<DataSource> => {
    const source = new DataSource({
      type: 'postgres',
      url: server.url,
      schema: 'lab',
      installExtensions: false,
      migrations,
      logger: new Silence(),
    });
    sources.push(source);
    return source.initialize();
  };

  it('runs each migration once, however many processes start at the same time', async () => {
    const processes = await Promise.all([1, 2, 3].map(() => open(Slow1767225600901)));
    await Promise.all(processes.map(migrate));
    expect(await processes[0].query('SELECT count(*)::int AS times FROM lab.slow')).toEqual([{ times: 1 }]);
  });

  it('finds nothing to do at the second start', async () => {
    const source = await open(Slow1767225600901);
    await migrate(source);
    await migrate(source);
    expect(await source.query('SELECT name FROM lab.migrations')).toEqual([{ name: 'Slow1767225600901' }]);
  });

  it('keeps nothing of a migration that failed, keeps those before it, and says why', async () => {
    const source = await open(Slow1767225600901, Broken1767225600902);
    await expect(migrate(source)).rejects.toThrow('relation "lab.nowhere" does not exist');
    const tables = (await source.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'lab' ORDER BY 1`)) as {
      tablename: string;
    }[];
    expect(tables.map(({ tablename }) => tablename)).toEqual(['migrations', 'slow']);
  });

  it('lets the next process migrate after one has failed', async () => {
    await expect(migrate(await open(Broken1767225600902))).rejects.toThrow();
    await migrate(await open(Slow1767225600901));
  });
});
