import { type Database } from '../engines/database/database.service.js';
import { type SqlEngine } from '../engines/sql/sql.port.js';
import { type LakeStorage } from '../engines/storage/storage.port.js';
import { HealthService } from './health.service.js';
import { type OptionalEngines } from './optional-engines.js';

const answers = async (): Promise<never[]> => [];
const isAway = (): Promise<never> => Promise.reject(new Error('it is away'));

/** Where each engine answers but those that are named. */
function healthWithout(...away: ('database' | 'cache' | 'stream')[]): HealthService {
  const database = { ping: away.includes('database') ? isAway : answers } as unknown as Database;
  const optional = Object.fromEntries(
    (['cache', 'stream'] as const).map((part) => [part, away.includes(part) ? isAway : answers]),
  );
  const storage = { exists: answers } as unknown as LakeStorage;
  return new HealthService(database, { rows: answers } as unknown as SqlEngine, storage, storage, {
    checks: optional,
  } as unknown as OptionalEngines);
}

describe('HealthService', () => {
  it('is well when all parts answer', async () => {
    const { status, parts } = await healthWithout().report();
    expect([status, Object.keys(parts)]).toEqual(['healthy', ['database', 'sql', 'lake', 'models', 'cache', 'stream']]);
  });

  it.each(['cache', 'stream'] as const)('goes on without the %s, and says so', async (part) => {
    const { status, parts } = await healthWithout(part).report();
    expect([status, parts[part]]).toMatchObject(['degraded', { status: 'degraded', detail: 'it is away' }]);
  });

  it('does not go on without the database, whatever else is away', async () => {
    const { status, parts } = await healthWithout('cache', 'database').report();
    expect([status, parts.database.status]).toEqual(['unhealthy', 'unhealthy']);
  });
});
