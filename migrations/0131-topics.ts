import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Topics1767225600131 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table lab.topics (
        id uuid primary key,
        name text not null unique,
        landing_table text not null unique,
        partitions int not null,
        schema json,
        schema_version int not null,
        retention_hours double precision,
        retention_bytes bigint,
        land boolean not null,
        created_at timestamptz not null,
        changed_at timestamptz not null
      )`);
    await runner.query(`
      create table lab.dead_letters (
        id bigint generated always as identity primary key,
        topic_id uuid not null references lab.topics (id) on delete cascade,
        partition int not null,
        "offset" bigint not null,
        timestamp_ms bigint not null,
        reason text not null,
        failed_by text not null,
        letter_offset bigint not null,
        cut boolean not null,
        put_at timestamptz not null default now(),
        status text not null default 'open' check (status in ('open', 'replaying', 'replayed')),
        sending uuid,
        replayed_at timestamptz,
        unique (topic_id, partition, "offset")
      )`);
    await runner.query(`create index dead_letters_by_status on lab.dead_letters (topic_id, status, id)`);
    await runner.query(`
      create table lab.dead_letter_sendings (
        id uuid primary key,
        topic_id uuid not null references lab.topics (id) on delete cascade,
        ends jsonb not null,
        begun_at timestamptz not null default now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table lab.dead_letter_sendings, lab.dead_letters, lab.topics`);
  }
}
