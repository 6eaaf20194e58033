import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Streaming1767225600133 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // fence: another owner, another number. version: of the checkpoint, one more with each; both only ever grow.
    await runner.query(`
      create table lab.streams (
        name text primary key,
        paused boolean not null default false,
        owner text,
        lease_until timestamptz,
        fence bigint not null default 0,
        retry_at timestamptz,
        error text,
        version bigint not null default 0,
        fingerprint text,
        start_from text,
        positions jsonb not null default '{}',
        watermark double precision,
        counters jsonb not null default '{}',
        figures jsonb not null default '{}',
        checkpoint_at timestamptz
      )`);
    await runner.query(`
      create table lab.stream_state (
        stream text not null references lab.streams on delete cascade,
        version bigint not null,
        part int not null,
        bytes bytea not null,
        primary key (stream, version, part)
      )`);
    // Pieces of state are dense already: to compress them costs more than it saves.
    await runner.query(`alter table lab.stream_state alter column bytes set storage external`);
    await runner.query(`
      create table lab.stream_deliveries (
        stream text not null references lab.streams on delete cascade,
        version bigint not null,
        output text not null,
        part int not null,
        lines text not null,
        primary key (stream, version, output, part)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['stream_deliveries', 'stream_state', 'streams']) await runner.query(`drop table lab.${table}`);
  }
}
