import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is recorded late is older than its number says. */
export class QualityByTime1767225600144 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create index quality_results_by_time on lab.quality_results (dataset, checked_at desc, id desc)`);
    await runner.query(`drop index lab.quality_results_by_dataset`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`create index quality_results_by_dataset on lab.quality_results (dataset, id desc)`);
    await runner.query(`drop index lab.quality_results_by_time`);
  }
}
