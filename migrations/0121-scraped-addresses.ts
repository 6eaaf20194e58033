import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ScrapedAddresses1767225600121 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table lab.scraped_pages add column address text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table lab.scraped_pages drop column address`);
  }
}
