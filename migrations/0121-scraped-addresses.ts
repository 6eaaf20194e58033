import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pages are kept as they are, and no more compressed, which took longer than to fetch them. Those of before are fetched once more. */
export class ScrapedAddresses1767225600121 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`truncate lab.scraped_pages`);
    await runner.query(`alter table lab.scraped_pages add column address text, alter column body set storage external`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table lab.scraped_pages drop column address, alter column body set storage extended`);
  }
}
