import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SchemaChanges1767225600080 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table lab.quality_results add column description text`);
    await runner.query(`
      create table lab.schema_changes (
        id bigint generated always as identity primary key,
        dataset text not null,
        version bigint,
        run_id uuid,
        change text not null,
        column_name text not null,
        from_type text,
        to_type text,
        changed_at timestamptz not null
      )`);
    await runner.query(`create index schema_changes_by_dataset on lab.schema_changes (dataset, id desc)`);
    await runner.query(`create index quality_results_by_age on lab.quality_results (checked_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index lab.quality_results_by_age`);
    await runner.query(`drop table lab.schema_changes`);
    await runner.query(`alter table lab.quality_results drop column description`);
  }
}
