import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LearningLoop1767225600135 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table lab.loop_parts (
        part text primary key,
        version bigint not null,
        state jsonb not null,
        updated_at timestamptz not null default now()
      )`);
    await runner.query(`
      create table lab.loop_errors (
        minute timestamptz not null,
        age int not null,
        rows bigint not null,
        absolute float8 not null,
        squared float8 not null,
        salary float8 not null,
        salary_squared float8 not null,
        primary key (minute, age)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table lab.loop_errors`);
    await runner.query(`drop table lab.loop_parts`);
  }
}
