import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Messages are kept by the batch, as they were appended: one row and one entry of one index for up to thousands of them. */
export class Stream1767225600130 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table lab.stream_topics (
        id int generated always as identity primary key,
        name text not null unique,
        partitions int not null check (partitions > 0),
        retention_hours double precision,
        retention_bytes bigint
      )`);
    await runner.query(`
      create table lab.stream_partitions (
        topic int not null,
        partition int not null,
        begin_offset bigint not null default 0,
        end_offset bigint not null default 0,
        bytes bigint not null default 0,
        primary key (topic, partition)
      ) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`);
    await runner.query(`
      create table lab.stream_batches (
        topic int not null,
        partition int not null,
        next_offset bigint not null,
        count int not null,
        newest bigint not null,
        appended_at timestamptz not null,
        records bytea not null,
        primary key (topic, partition, next_offset)
      )`);
    await runner.query(`alter table lab.stream_batches alter column records set storage external`);
    await runner.query(`
      create table lab.stream_members (
        group_name text not null,
        id uuid not null,
        topics text[] not null,
        lease_until timestamptz not null,
        primary key (group_name, id)
      )`);
    await runner.query(`
      create table lab.stream_claims (
        group_name text not null,
        topic int not null references lab.stream_topics on delete cascade,
        partition int not null,
        committed bigint,
        generation bigint not null default 0,
        owner uuid,
        lease_until timestamptz,
        primary key (group_name, topic, partition)
      ) with (fillfactor = 50)`);
    await runner.query(`create index stream_claims_by_topic on lab.stream_claims (topic)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table lab.stream_claims, lab.stream_members, lab.stream_batches, lab.stream_partitions, lab.stream_topics`);
  }
}
