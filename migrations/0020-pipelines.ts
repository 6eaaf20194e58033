import type { MigrationInterface, QueryRunner } from 'typeorm';

const STATUSES = `('queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped')`;

export class Pipelines1767225600020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE lab.pipelines (
        name text PRIMARY KEY,
        enabled boolean NOT NULL DEFAULT true,
        changed_at timestamptz NOT NULL DEFAULT now()
      )`);
    await createRuns(runner);
    await runner.query(`
      CREATE TABLE lab.task_runs (
        run_id uuid NOT NULL,
        name text NOT NULL,
        uses text NOT NULL,
        status text NOT NULL CONSTRAINT task_runs_status CHECK (status IN ${STATUSES}),
        attempts integer NOT NULL DEFAULT 0,
        failures integer NOT NULL DEFAULT 0,
        interruptions integer NOT NULL DEFAULT 0,
        progress real,
        message text,
        rows bigint,
        error text,
        result jsonb,
        started_at timestamptz,
        finished_at timestamptz,
        PRIMARY KEY (run_id, name),
        CONSTRAINT task_runs_run FOREIGN KEY (run_id) REFERENCES lab.pipeline_runs (id) ON DELETE CASCADE
      )`);
    await runner.query(`
      CREATE TABLE lab.run_logs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        run_id uuid NOT NULL,
        task text,
        attempt integer,
        level text NOT NULL,
        message text NOT NULL,
        fields jsonb,
        at timestamptz NOT NULL,
        CONSTRAINT run_logs_run_fkey FOREIGN KEY (run_id) REFERENCES lab.pipeline_runs (id) ON DELETE CASCADE
      )`);
    await runner.query(`CREATE INDEX run_logs_run ON lab.run_logs (run_id, id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE lab.run_logs, lab.task_runs, lab.pipeline_runs, lab.pipelines');
  }
}

async function createRuns(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE lab.pipeline_runs (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      pipeline text NOT NULL,
      status text NOT NULL CONSTRAINT pipeline_runs_status CHECK (status IN ${STATUSES}),
      trigger text NOT NULL,
      params jsonb NOT NULL DEFAULT '{}',
      plan jsonb NOT NULL,
      error text,
      scheduled_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      started_at timestamptz,
      finished_at timestamptz,
      cancel_requested_at timestamptz,
      concurrency smallint NOT NULL DEFAULT 1,
      slot smallint,
      owner text,
      lease_until timestamptz,
      fence integer NOT NULL DEFAULT 0
    )`);
  // However many processes reach a scheduled time, one row of it is made.
  await runner.query(`CREATE UNIQUE INDEX pipeline_runs_scheduled ON lab.pipeline_runs (pipeline, scheduled_at)`);
  await runner.query(`CREATE UNIQUE INDEX pipeline_runs_slot ON lab.pipeline_runs (pipeline, slot) WHERE status = 'running'`);
  await runner.query(`
    CREATE UNIQUE INDEX pipeline_runs_start ON lab.pipeline_runs (pipeline)
    WHERE trigger = 'start' AND status IN ('queued', 'running')`);
  await runner.query(`CREATE INDEX pipeline_runs_open ON lab.pipeline_runs (created_at) WHERE status IN ('queued', 'running')`);
  await runner.query(`CREATE INDEX pipeline_runs_history ON lab.pipeline_runs (pipeline, created_at)`);
}
