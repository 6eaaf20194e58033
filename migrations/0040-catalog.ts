import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Catalog1767225600040 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table lab.datasets (
        name text primary key,
        layer text not null check (layer in ('bronze', 'silver', 'gold')),
        description text not null,
        rows bigint not null,
        bytes bigint not null,
        files int not null,
        version bigint not null,
        columns jsonb not null,
        partitions jsonb not null default '[]',
        owner text,
        tags jsonb not null default '[]',
        keys jsonb not null default '[]',
        time_column text,
        targets jsonb not null default '[]',
        updated_at timestamptz not null
      )`);
    await runner.query(`
      create table lab.dataset_versions (
        dataset text not null references lab.datasets (name) on delete cascade,
        version bigint not null,
        committed_at timestamptz not null,
        operation text not null,
        rows_added bigint not null,
        rows_removed bigint not null,
        files_added int not null,
        files_removed int not null,
        run_id uuid,
        inputs jsonb not null default '[]',
        primary key (dataset, version)
      )`);
    await runner.query(`
      create table lab.quality_results (
        id bigint generated always as identity primary key,
        dataset text not null,
        version bigint,
        run_id uuid,
        expectation text not null,
        columns jsonb not null,
        severity text not null,
        status text not null,
        checked_rows bigint not null,
        failed_rows bigint not null,
        checked_at timestamptz not null default now()
      )`);
    await runner.query(`create index quality_results_by_dataset on lab.quality_results (dataset, id desc)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table lab.quality_results`);
    await runner.query(`drop table lab.dataset_versions`);
    await runner.query(`drop table lab.datasets`);
  }
}
