import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LandingBegins1767225600137 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table lab.topic_landings add column begins jsonb`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table lab.topic_landings drop column begins`);
  }
}
