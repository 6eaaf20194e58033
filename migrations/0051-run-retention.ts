import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RunRetention1767225600051 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX pipeline_runs_finished ON lab.pipeline_runs (finished_at) WHERE status NOT IN ('queued', 'running')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX lab.pipeline_runs_finished');
  }
}
