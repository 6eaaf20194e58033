import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LabConfig } from '../../config/lab-config.js';
import { RecurringWork } from '../../events/recurring-work.js';

const HOUR_MS = 3_600_000;
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
export class RunRetention extends RecurringWork {
  constructor(
    private readonly config: LabConfig,
    private readonly dataSource: DataSource,
  ) {
    super(HOUR_MS, 'Old runs stay for another hour');
  }

  /** In batches, so that nothing waits long for a lock. @returns how many runs and jobs went */
  async sweep(signal?: AbortSignal): Promise<number> {
    for (let total = 0; ;) {
      const [{ gone }]: { gone: number }[] = await this.dataSource.query(DELETE_BATCH, [this.config.runRetentionDays, BATCH]);
      total += gone;
      if (gone < BATCH || signal?.aborted) return total;
    }
  }

  protected async work(signal: AbortSignal): Promise<void> {
    const gone = await this.sweep(signal);
    if (gone > 0) this.logger.log(`${gone} runs and jobs that ended ${this.config.runRetentionDays} days ago are forgotten`);
  }
}
