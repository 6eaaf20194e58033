import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Warehouse1767225600142 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // IF NOT EXISTS would ask for the right to create even where the schema is there.
    const [{ missing }] = (await runner.query(`select to_regnamespace('gold') is null as missing`)) as { missing: boolean }[];
    if (missing) await runner.query(`create schema gold`);
    await runner.query(`
      create table lab.published_tables (
        dataset text primary key,
        version bigint not null,
        committed_at timestamptz not null,
        definition text not null,
        mode text not null,
        rows bigint not null,
        run_id uuid,
        published_at timestamptz not null
      )`);
  }

  /** What was published stays, and whoever else has tables in the schema keeps them. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table lab.published_tables`);
  }
}
