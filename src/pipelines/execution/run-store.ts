import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Database } from '../../engines/database/database.service.js';
import type { PlannedTask } from '../definition/pipeline.schema.js';
import type { RunPlan } from '../definition/run-plan.js';
import type { RunReference, RunStatus, Trigger } from '../run.types.js';
import { ExecutionSettings } from './execution-settings.js';
import { RunLease } from './run-lease.js';
import { storedJson } from './stored-json.js';
import type { TaskState } from './task-state.js';

export interface NewRun {
  readonly trigger: Trigger;
  readonly status: 'queued' | 'skipped';
  readonly scheduledAt?: Date;
  /** Why it is skipped. */
  readonly error?: string;
}

/** A run that this process may carry out. */
export interface ClaimedRun {
  readonly id: string;
  readonly lane: string;
  readonly plan: readonly PlannedTask[];
  readonly fence: number;
  /** Its owner died, so that what was running was interrupted. */
  readonly interrupted: boolean;
  readonly cancelled: boolean;
}

const INSERT = `
  WITH run AS (
    INSERT INTO lab.pipeline_runs (lane, trigger, status, plan, concurrency, params, scheduled_at, error, finished_at)
    SELECT $1, $2, $3, $4::jsonb, $5, $6::jsonb, $7, $8, CASE WHEN $3 = 'skipped' THEN now() END
    WHERE $9::int IS NULL OR $9 > (SELECT count(*) FROM lab.pipeline_runs WHERE lane = $1 AND status IN ('queued', 'running'))
    ON CONFLICT DO NOTHING
    RETURNING id, status, plan, error
  ), tasks AS (
    INSERT INTO lab.task_runs (run_id, name, uses, status, error)
    SELECT run.id, task->>'name', task->>'uses', run.status, run.error
    FROM run, jsonb_array_elements(run.plan) AS task
  )
  SELECT id, status FROM run`;

/**
 * Takes the oldest run that waits and has a free slot, or one whose lease ran out: those first, they hold their slot still.
 * Two processes that choose the same slot at once meet in the unique index, and one of them looks again.
 */
const CLAIM = `
  WITH chosen AS (
    SELECT run.id, run.status = 'running' AS interrupted, CASE run.status WHEN 'running' THEN run.slot ELSE free.slot END AS slot
    FROM lab.pipeline_runs run
    CROSS JOIN LATERAL (
      SELECT min(slot) AS slot FROM generate_series(0, run.concurrency - 1) AS slot
      WHERE NOT EXISTS (
        SELECT FROM lab.pipeline_runs other WHERE other.lane = run.lane AND other.status = 'running' AND other.slot = slot.slot)
    ) free
    WHERE run.status IN ('queued', 'running') AND run.lane = ANY($1::text[]) AND run.id <> ALL($2::uuid[])
      AND CASE run.status WHEN 'running' THEN run.lease_until < now() ELSE free.slot IS NOT NULL END
    ORDER BY run.status = 'running' DESC, run.created_at
    LIMIT 1
    FOR UPDATE OF run SKIP LOCKED
  ), claimed AS (
    UPDATE lab.pipeline_runs run
    SET status = 'running', slot = chosen.slot, owner = $3, fence = fence + 1, error = NULL,
        lease_until = now() + $4::int * interval '1 millisecond', started_at = COALESCE(started_at, now())
    FROM chosen WHERE run.id = chosen.id
    RETURNING run.id, run.lane, run.plan, run.fence, chosen.interrupted, run.cancel_requested_at IS NOT NULL AS cancelled
  )
  SELECT * FROM claimed`;

const TASKS = `
  SELECT name, status, attempts, failures, interruptions, progress, message, rows::float8 AS rows, error, result, started_at, finished_at
  FROM lab.task_runs WHERE run_id = $1`;

const CANCEL = `
  WITH run AS (
    UPDATE lab.pipeline_runs
    SET cancel_requested_at = COALESCE(cancel_requested_at, now()),
        status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END,
        error = CASE status WHEN 'queued' THEN 'Cancelled while it waited.' ELSE error END,
        finished_at = CASE status WHEN 'queued' THEN now() END
    WHERE id = $1 AND status IN ('queued', 'running')
    RETURNING id, status
  ), tasks AS (
    UPDATE lab.task_runs SET status = 'cancelled', finished_at = now()
    FROM run WHERE run_id = run.id AND run.status = 'cancelled' AND task_runs.status = 'queued'
  )
  SELECT id, status FROM run`;

const REQUEUE = `
  WITH run AS (
    UPDATE lab.pipeline_runs
    SET status = 'queued', plan = $2, concurrency = $3, params = $5, error = NULL, finished_at = NULL, cancel_requested_at = NULL,
        trigger = CASE trigger WHEN 'start' THEN 'manual' ELSE trigger END
    WHERE id = $1 AND status IN ('failed', 'cancelled')
    RETURNING id, status, plan
  ), gone AS (
    DELETE FROM lab.task_runs USING run
    WHERE run_id = run.id AND name NOT IN (SELECT task->>'name' FROM jsonb_array_elements(run.plan) AS task)
  ), again AS (
    INSERT INTO lab.task_runs (run_id, name, uses, status)
    SELECT run.id, task->>'name', task->>'uses', 'queued'
    FROM run, jsonb_array_elements(run.plan) AS task
    WHERE task->>'name' <> ALL($4::text[])
    ON CONFLICT (run_id, name) DO UPDATE
    SET uses = excluded.uses, status = 'queued', failures = 0, interruptions = 0, progress = NULL, message = NULL,
        rows = NULL, error = NULL, result = NULL, started_at = NULL, finished_at = NULL
  )
  SELECT id, status FROM run`;

const FAIL_ORPHANS = `
  WITH orphan AS (
    UPDATE lab.pipeline_runs run
    SET status = 'failed', finished_at = now(), fence = fence + 1, owner = NULL, lease_until = NULL, slot = NULL,
        error = CASE WHEN lane LIKE 'job:%' THEN 'The task "' || substr(lane, 5) || '" is no longer declared, so the job cannot go on.'
                ELSE 'The pipeline "' || lane || '" is no longer defined, so the run cannot go on.' END
    WHERE status IN ('queued', 'running') AND lane <> ALL($1::text[])
      AND COALESCE(lease_until, created_at) < now() - $2::int * interval '1 millisecond'
      AND NOT EXISTS (SELECT FROM lab.pipeline_runs live WHERE live.lane = run.lane AND live.lease_until > now())
    RETURNING id, error
  ), tasks AS (
    UPDATE lab.task_runs task SET status = CASE task.status WHEN 'running' THEN 'failed' ELSE 'skipped' END, error = orphan.error, finished_at = now()
    FROM orphan WHERE run_id = orphan.id AND task.status IN ('queued', 'running')
  )
  SELECT id FROM orphan`;

const UNIQUE_VIOLATION = '23505';

/** The runs in PostgreSQL as a queue: put in, take out under a lease, ask to stop. */
@Injectable()
export class RunStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly database: Database,
    private readonly settings: ExecutionSettings,
  ) {}

  /** Our own server started with us, so whoever held a lease in it is dead and nobody needs to wait for its end. */
  async endLeasesOfTheDead(): Promise<void> {
    if (this.database.embedded) {
      await this.dataSource.query(`UPDATE lab.pipeline_runs SET lease_until = '-infinity' WHERE status = 'running'`);
    }
  }

  /**
   * @param most runs of the lane that may wait or be under way, this one included; exact, however many are made at once
   * @returns undefined when there are as many already, or when the scheduled time or the run at start-up has its run
   */
  async insert(plan: RunPlan, { trigger, status, scheduledAt, error }: NewRun, most?: number): Promise<RunReference | undefined> {
    const values = [
      plan.lane,
      trigger,
      status,
      storedJson(plan.tasks),
      plan.concurrency,
      storedJson(plan.params),
      scheduledAt,
      error,
      most,
    ];
    return this.dataSource.transaction(async (transaction) => {
      // One after the other, and each in a statement of its own, so that it counts those before it.
      if (most !== undefined) {
        await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`lane ${plan.lane}`]);
      }
      const [made]: RunReference[] = await transaction.query(INSERT, values);
      return made;
    });
  }

  /**
   * @param lanes whose runs this process can carry out
   * @param held runs that still work in this process, whatever their lease says
   */
  async claim(owner: string, lanes: readonly string[], held: readonly string[]): Promise<ClaimedRun | undefined> {
    for (;;) {
      try {
        const [run]: ClaimedRun[] = await this.dataSource.query(CLAIM, [lanes, held, owner, this.settings.leaseMs]);
        return run;
      } catch (error) {
        if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
      }
    }
  }

  hold(run: ClaimedRun): RunLease {
    return new RunLease(this.dataSource, run, this.settings);
  }

  tasksOf(runId: string): Promise<TaskState[]> {
    return this.dataSource.query(TASKS, [runId]);
  }

  /** @returns the status that the run has now: `cancelled` when it had not begun; undefined when there was nothing to cancel */
  async requestCancel(runId: string): Promise<RunStatus | undefined> {
    const [run]: RunReference[] = await this.dataSource.query(CANCEL, [runId]);
    return run?.status;
  }

  /**
   * Puts a failed or cancelled run back into the queue under a plan.
   * @param kept tasks whose results stay; all others run again
   * @returns undefined when the run is neither failed nor cancelled
   */
  async requeue(
    runId: string,
    { tasks, params, concurrency }: RunPlan,
    kept: readonly string[],
  ): Promise<RunReference | undefined> {
    const [run]: RunReference[] = await this.dataSource.query(REQUEUE, [
      runId,
      storedJson(tasks),
      concurrency,
      kept,
      storedJson(params),
    ]);
    return run;
  }

  /** Runs of lanes that nobody carries out any more. @returns their ids */
  async failOrphans(lanes: readonly string[]): Promise<string[]> {
    const orphans: { id: string }[] = await this.dataSource.query(FAIL_ORPHANS, [lanes, this.settings.orphanMs]);
    return orphans.map(({ id }) => id);
  }
}
