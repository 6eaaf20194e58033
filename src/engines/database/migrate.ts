import { Logger } from '@nestjs/common';
import type { DataSource, QueryRunner } from 'typeorm';
import { MigrationFailedError } from './database.errors.js';
import { SCHEMA } from './database-server.js';

/** Our number among the advisory locks of the database: "labm" in ASCII. */
const TURN = 0x6c61_626d;
const logger = new Logger('Migrations');

/**
 * Brings the database to the schema of this version. Any number of processes may call it at once: one migrates, the others wait
 * and find nothing left to do.
 * @throws {MigrationFailedError}
 */
export async function migrate(source: DataSource): Promise<void> {
  const session = source.createQueryRunner();
  try {
    await takeTurn(session);
    // IF NOT EXISTS would ask for the right to create even where the schema is there.
    const [{ missing }] = (await session.query('SELECT to_regnamespace($1) IS NULL AS missing', [SCHEMA])) as {
      missing: boolean;
    }[];
    if (missing) await session.createSchema(SCHEMA);
    const done = await source.runMigrations({ transaction: 'each' });
    if (done.length > 0) logger.log(`The database is at ${done.at(-1)?.name} (${done.length} migrations run)`);
  } catch (error) {
    throw new MigrationFailedError((error as Error).message);
  } finally {
    await session.query('SELECT pg_advisory_unlock($1)', [TURN]).catch(() => undefined);
    await session.release();
  }
}

async function takeTurn(session: QueryRunner): Promise<void> {
  const [{ free }] = (await session.query('SELECT pg_try_advisory_lock($1) AS free', [TURN])) as { free: boolean }[];
  if (free) return;
  logger.log('Another process migrates this database: waiting for it');
  await session.query('SELECT pg_advisory_lock($1)', [TURN]);
}
