import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TopicLandings1767225600132 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table lab.topic_landings (
        topic_id uuid primary key references lab.topics (id) on delete cascade,
        paused boolean not null default false,
        trouble text,
        troubled_by uuid,
        troubled_at timestamptz
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table lab.topic_landings`);
  }
}
