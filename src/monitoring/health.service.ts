import { Inject, Injectable } from '@nestjs/common';
import { VERSION } from '../config/version.js';
import { Database } from '../engines/database/database.service.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { LakeStorage, ModelStorage } from '../engines/storage/storage.port.js';
import type { Health, PartHealth } from './health.schema.js';
import { OptionalEngines } from './optional-engines.js';

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
    private readonly optional: OptionalEngines,
  ) {}

  async report(): Promise<Health> {
    const checks: Record<string, () => Promise<unknown>> = {
      database: () => this.database.ping(),
      sql: () => this.sql.rows({ sql: 'select 1 as alive' }),
      lake: () => this.lake.exists('bronze'),
      models: () => this.models.exists('README.md'),
      ...this.optional.checks,
    };
    const parts = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await probe(check, name in this.optional.checks)] as const),
    );
    const statuses = parts.map(([, { status }]) => status);
    return {
      status: (['unhealthy', 'degraded'] as const).find((bad) => statuses.includes(bad)) ?? 'healthy',
      version: VERSION,
      uptime_seconds: Math.round(process.uptime()),
      parts: Object.fromEntries(parts),
    };
  }
}

async function probe(check: () => Promise<unknown>, optional: boolean): Promise<PartHealth> {
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
    const detail = error instanceof Error ? error.message : String(error);
    return { status: optional ? 'degraded' : 'unhealthy', latency_ms: latency(), detail };
  }
}
