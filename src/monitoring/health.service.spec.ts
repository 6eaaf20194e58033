import { type Cache } from '../engines/cache/cache.port.js';
import { type Database } from '../engines/database/database.service.js';
import { type SqlEngine } from '../engines/sql/sql.port.js';
import { type LakeStorage } from '../engines/storage/storage.port.js';
import { HealthService } from './health.service.js';

const answers = async (): Promise<never[]> => [];
const isAway = (): Promise<never> => Promise.reject(new Error('it is away'));

/** Where each engine answers but those that are named. */
function healthWithout(...away: ('database' | 'cache')[]): HealthService {
  const database = { ping: away.includes('database') ? isAway : answers } as unknown as Database;
  const cache = { ping: away.includes('cache') ? isAway : answers } as unknown as Cache;
  const storage = { exists: answers } as unknown as LakeStorage;
  return new HealthService(database, { rows: answers } as unknown as SqlEngine, storage, storage, cache);
}

describe('HealthService', () => {
  it('is well when all parts answer', async () => {
    const { status, parts } = await healthWithout().report();
    expect([status, Object.keys(parts)]).toEqual(['healthy', ['database', 'sql', 'lake', 'models', 'cache']]);
  });

  it('goes on without the cache, and says so', async () => {
    const { status, parts } = await healthWithout('cache').report();
    expect([status, parts.cache]).toMatchObject(['degraded', { status: 'degraded', detail: 'it is away' }]);
  });

  it('does not go on without the database, whatever else is away', async () => {
    const { status, parts } = await healthWithout('cache', 'database').report();
    expect([status, parts.database.status]).toEqual(['unhealthy', 'unhealthy']);
  });
});
