import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LabConfig } from '../../config/lab-config.js';

const EVERY_MS = 3_600_000;
const BATCH = 200;

/**
 * Tasks and lines go with their run. Of each pipeline stay the newest run that succeeded and the newest of its schedule: by the one
 * it knows at start-up that it has run, by the other what it has missed.
 */
const DELETE_BATCH = `
  WITH kept AS (
    (SELECT DISTINCT ON (lane) id FROM lab.pipeline_runs
     WHERE lane NOT LIKE 'job:%' AND status = 'succeeded' ORDER BY lane, created_at DESC)
    UNION ALL
    (SELECT DISTINCT ON (lane) id FROM lab.pipeline_runs
     WHERE lane NOT LIKE 'job:%' AND scheduled_at IS NOT NULL ORDER BY lane, scheduled_at DESC)
  ), old AS (
    SELECT id FROM lab.pipeline_runs
    WHERE status NOT IN ('queued', 'running') AND finished_at < now() - $1::int * interval '1 day' AND id NOT IN (SELECT id FROM kept)
    ORDER BY finished_at LIMIT $2
    FOR UPDATE SKIP LOCKED
  ), gone AS (
    DELETE FROM lab.pipeline_runs run USING old WHERE run.id = old.id RETURNING run.id
  )
  SELECT count(*)::int AS gone FROM gone`;

/** Forgets runs and jobs that have been over for `RUN_RETENTION_DAYS`, with their logs. */
@Injectable()
export class RunRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(RunRetention.name);
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly config: LabConfig,
    private readonly dataSource: DataSource,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.begin(), EVERY_MS);
    this.begin();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** In batches, so that nothing waits long for a lock. @returns how many runs and jobs went */
  async sweep(): Promise<number> {
    for (let total = 0; ;) {
      const [{ gone }]: { gone: number }[] = await this.dataSource.query(DELETE_BATCH, [this.config.runRetentionDays, BATCH]);
      total += gone;
      if (gone < BATCH || this.stopping) return total;
    }
  }

  private begin(): void {
    this.sweeping = this.sweep().then(
      (gone) => this.tell(gone),
      (error: unknown) => this.logger.error(`Old runs could not be deleted: ${String(error)}`),
    );
  }

  private tell(gone: number): void {
    if (gone > 0) this.logger.log(`${gone} runs and jobs that ended ${this.config.runRetentionDays} days ago are forgotten`);
  }
}
