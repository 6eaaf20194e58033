import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pages are kept as they are, and no more compressed: PostgreSQL does that. Those of before are fetched once more. */
export class ScrapedAddresses1767225600121 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`truncate lab.scraped_pages`);
    await runner.query(`alter table lab.scraped_pages add column address text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table lab.scraped_pages drop column address`);
  }
}
