import type { MigrationInterface, QueryRunner } from 'typeorm';

export class DatasetConstraints1767225600110 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table lab.datasets add column constraints jsonb not null default '[]'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table lab.datasets drop column constraints`);
  }
}
