import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Jobs1767225600050 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // The indexes on the column, those that hand out slots among them, follow its name.
    await runner.query(`ALTER TABLE lab.pipeline_runs RENAME COLUMN pipeline TO lane`);
    await runner.query(`CREATE INDEX pipeline_runs_jobs ON lab.pipeline_runs (created_at) WHERE lane LIKE 'job:%'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM lab.pipeline_runs WHERE lane LIKE 'job:%'`);
    await runner.query('DROP INDEX lab.pipeline_runs_jobs');
    await runner.query('ALTER TABLE lab.pipeline_runs RENAME COLUMN lane TO pipeline');
  }
}
