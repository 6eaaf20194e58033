import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Registry1767225600030 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // The key over (name, type) is there for its foreign key: no version is of another type than its model.
    await runner.query(`
      create table lab.registered_models (
        name text primary key,
        type text not null check (type in ('regression', 'classification')),
        description text not null,
        last_version int not null,
        created_at timestamptz not null default now(),
        constraint registered_models_type unique (name, type)
      )`);
    await runner.query(`
      create table lab.model_versions (
        model text not null,
        version int not null check (version > 0),
        type text not null,
        created_at timestamptz not null,
        estimator text not null,
        params jsonb not null,
        metrics jsonb not null,
        baseline_metrics jsonb not null,
        dataset_name text not null,
        dataset_version bigint not null,
        features jsonb not null,
        target text not null,
        run_id text,
        fingerprint text,
        path text not null,
        bytes bigint not null,
        checksum text not null check (checksum ~ '^[0-9a-f]{64}$'),
        primary key (model, version),
        constraint model_versions_path unique (path),
        constraint model_versions_model foreign key (model, type) references lab.registered_models (name, type),
        constraint model_versions_run unique (model, run_id, fingerprint)
      )`);
    await runner.query(`create index model_versions_fingerprint on lab.model_versions (model, fingerprint, version desc)`);
    await runner.query(`
      create table lab.model_aliases (
        model text not null,
        alias text not null,
        version int not null,
        updated_at timestamptz not null default now(),
        primary key (model, alias),
        constraint model_aliases_version foreign key (model, version) references lab.model_versions (model, version)
      )`);
    await runner.query(`create index model_aliases_version on lab.model_aliases (model, version)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table lab.model_aliases`);
    await runner.query(`drop table lab.model_versions`);
    await runner.query(`drop table lab.registered_models`);
  }
}
