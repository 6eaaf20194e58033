import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ModelClaims1767225600090 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Files that stand for no version: not yet, or no longer. A version is inserted in the transaction that deletes its claim.
    await runner.query(`
      create table lab.model_claims (
        model text not null constraint model_claims_model references lab.registered_models (name),
        version int not null,
        checksum text not null,
        claimed_at timestamptz not null default now(),
        condemned_at timestamptz,
        primary key (model, version)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table lab.model_claims`);
  }
}
