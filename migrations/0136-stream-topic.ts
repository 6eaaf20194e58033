import type { MigrationInterface, QueryRunner } from 'typeorm';

export class StreamTopic1767225600136 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table lab.streams add column topic_id uuid`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table lab.streams drop column topic_id`);
  }
}
