import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Auth1767225600010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table lab.users (
        id uuid constraint users_pkey primary key default gen_random_uuid(),
        username text not null,
        role text not null constraint users_role_check check (role in ('viewer', 'analyst', 'engineer', 'admin')),
        password_hash text not null,
        blocked boolean not null default false,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      )`);
    await runner.query(`create unique index users_username_key on lab.users (lower(username))`);
    await runner.query(`
      create table lab.refresh_tokens (
        id uuid constraint refresh_tokens_pkey primary key default gen_random_uuid(),
        user_id uuid not null constraint refresh_tokens_user_id_fkey references lab.users (id) on delete cascade,
        digest bytea not null constraint refresh_tokens_digest_key unique,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null,
        revoked_at timestamptz
      )`);
    await runner.query(`create index refresh_tokens_by_user on lab.refresh_tokens (user_id, revoked_at)`);
    await runner.query(`create index refresh_tokens_by_expiry on lab.refresh_tokens (expires_at)`);
    await runner.query(`
      create table lab.api_keys (
        id uuid constraint api_keys_pkey primary key default gen_random_uuid(),
        name text not null constraint api_keys_name_key unique,
        digest bytea not null constraint api_keys_digest_key unique,
        role text not null constraint api_keys_role_check check (role in ('viewer', 'analyst', 'engineer', 'admin')),
        created_by text not null,
        created_at timestamptz not null default now(),
        expires_at timestamptz,
        last_used_at timestamptz
      )`);
    await runner.query(`
      create table lab.audit_log (
        id bigint generated always as identity constraint audit_log_pkey primary key,
        at timestamptz not null,
        username text,
        method text not null,
        route text not null,
        path text not null,
        status smallint not null,
        request_id text not null,
        address text not null
      )`);
    await runner.query(`create index audit_log_by_time on lab.audit_log (at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table lab.audit_log`);
    await runner.query(`drop table lab.api_keys`);
    await runner.query(`drop table lab.refresh_tokens`);
    await runner.query(`drop table lab.users`);
  }
}
