import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { RegistrationExpiredError } from './registry.errors.js';

/** Files that no version stands for: not yet, or no longer. */
export interface ModelClaim {
  readonly model: string;
  readonly version: number;
  /** Of the model file that the claim is for: another file at its place belongs to somebody else. */
  readonly checksum: string;
}

/**
 * Says of every file of a model whether it may be removed, in such a way that a crash at any moment leaves neither a version
 * without its files nor files that nobody will remove. A registration claims its files before it writes them, and its row is
 * inserted in the transaction that gives the claim up. A sweep condemns claims first: a condemned one can no longer become a version.
 */
@Injectable()
export class ModelClaims {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** In the transaction that inserts the version. @throws {RegistrationExpiredError} when a sweep came first */
  async becomeVersion(transaction: EntityManager, { model, version }: ModelClaim): Promise<void> {
    const given = await transaction.query<[unknown[], number]>(
      `delete from lab.model_claims where model = $1 and version = $2 and condemned_at is null`,
      [model, version],
    );
    if (given[1] === 0) throw new RegistrationExpiredError(model, version);
  }

  /** In the transaction that deletes the version. */
  async condemn(transaction: EntityManager, { model, version, checksum }: ModelClaim): Promise<void> {
    await transaction.query(
      `insert into lab.model_claims (model, version, checksum, condemned_at) values ($1, $2, $3, now()) on conflict do nothing`,
      [model, version, checksum],
    );
  }

  /** Those whose files may be removed: of deleted versions, and of registrations that began so long ago. */
  condemned(olderThanMs: number): Promise<ModelClaim[]> {
    return this.database.query(
      `with swept as (
         update lab.model_claims set condemned_at = coalesce(condemned_at, now())
         where condemned_at is not null or claimed_at < now() - $1 * interval '1 millisecond'
         returning model, version, checksum)
       select * from swept order by model, version`,
      [olderThanMs],
    );
  }

  /** Once its files are gone, or when they were never its own. */
  async drop({ model, version }: ModelClaim): Promise<void> {
    await this.database.query(`delete from lab.model_claims where model = $1 and version = $2`, [model, version]);
  }
}
