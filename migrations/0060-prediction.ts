import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Prediction1767225600060 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table lab.kept_predictions (
        id uuid primary key default gen_random_uuid(),
        model_id text not null,
        model text not null,
        version int not null,
        predictions jsonb not null,
        username text,
        created_at timestamptz not null default now()
      )`);
    await runner.query(`create index kept_predictions_by_time on lab.kept_predictions (created_at)`);
    await runner.query(`
      create table lab.prediction_totals (
        model text not null,
        version int not null,
        rows bigint not null,
        primary key (model, version)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table lab.prediction_totals`);
    await runner.query(`drop table lab.kept_predictions`);
  }
}
