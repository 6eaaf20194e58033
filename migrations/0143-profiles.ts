import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Profiles1767225600143 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table lab.dataset_profiles (
        dataset text not null,
        version bigint not null,
        committed_at timestamptz not null,
        profile jsonb not null,
        primary key (dataset, version)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table lab.dataset_profiles`);
  }
}
