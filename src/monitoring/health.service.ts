import { Inject, Injectable } from '@nestjs/common';
import { VERSION } from '../config/version.js';
import { Database } from '../engines/database/database.service.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { LakeStorage, ModelStorage } from '../engines/storage/storage.port.js';
import type { Health, PartHealth } from './health.schema.js';

/** Beyond this a part counts as away. */
const PATIENCE_MS = 3000;

/** Whether each engine answers, asked afresh at every call. */
@Injectable()
export class HealthService {
  constructor(
    private readonly database: Database,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
    @Inject(LakeStorage) private readonly lake: LakeStorage,
    @Inject(ModelStorage) private readonly models: ModelStorage,
  ) {}

  async report(): Promise<Health> {
    const checks: Record<string, () => Promise<unknown>> = {
      database: () => this.database.ping(),
      sql: () => this.sql.rows({ sql: 'select 1 as alive' }),
      lake: () => this.lake.exists('bronze'),
      models: () => this.models.exists('README.md'),
    };
    const parts = await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await probe(check)] as const));
    return {
      status: parts.every(([, { status }]) => status === 'healthy') ? 'healthy' : 'unhealthy',
      version: VERSION,
      uptime_seconds: Math.round(process.uptime()),
      parts: Object.fromEntries(parts),
    };
  }
}

async function probe(check: () => Promise<unknown>): Promise<PartHealth> {
  const started = performance.now();
  const latency = (): number => Math.round((performance.now() - started) * 10) / 10;
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  const late = new Promise<never>((_resolve, reject) =>
    timeout.addEventListener('abort', () => reject(new Error(`no answer within ${PATIENCE_MS} ms`))),
  );
  try {
    await Promise.race([check(), late]);
    return { status: 'healthy', latency_ms: latency() };
  } catch (error) {
    return { status: 'unhealthy', latency_ms: latency(), detail: error instanceof Error ? error.message : String(error) };
  }
}
