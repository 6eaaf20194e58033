import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Scraping1767225600120 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table lab.scraped_pages (
        url text primary key,
        site text not null,
        body bytea not null,
        content_type text not null,
        etag text,
        last_modified text,
        fetched_at timestamptz not null,
        changed_in uuid not null,
        seen_in uuid not null
      )`);
    await runner.query(`create index scraped_pages_by_change on lab.scraped_pages (changed_in)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table lab.scraped_pages`);
  }
}
