import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { StaleOwnerError } from '../../engines/stream/stream.errors.js';

/** What a part of the loop remembers. */
export interface KeptState {
  /** Rises with each save. */
  readonly version: number;
  readonly state: unknown;
}

/** The memory of the parts: it outlives the process, and every replica sees it. */
@Injectable()
export class LoopStates {
  constructor(private readonly source: DataSource) {}

  async find(part: string): Promise<KeptState | undefined> {
    const rows = await this.source.query<{ version: string; state: unknown }[]>(
      `select version, state from lab.loop_parts where part = $1`,
      [part],
    );
    return rows[0] && { version: Number(rows[0].version), state: rows[0].state };
  }

  /**
   * @param previous the version that it follows; 0 for the first
   * @param beside kept in the same transaction
   * @returns the new version
   * @throws {StaleOwnerError} when somebody else has saved meanwhile: nothing is kept then
   */
  async save(
    part: string,
    previous: number,
    state: object,
    beside?: (transaction: EntityManager) => Promise<void>,
  ): Promise<number> {
    await this.source.transaction(async (transaction) => {
      const saved = await transaction.query<unknown[]>(
        `insert into lab.loop_parts (part, version, state) select $1, 1, $3::jsonb where $2 = 0
         on conflict (part) do nothing returning part`,
        [part, previous, JSON.stringify(state)],
      );
      if (saved.length === 0) await replace(transaction, part, previous, state);
      await beside?.(transaction);
    });
    return previous + 1;
  }

  /** Adds to a number of a state that has no owner. */
  async count(part: string, name: string, more: number): Promise<void> {
    await this.source.query(
      `insert into lab.loop_parts as kept (part, version, state) values ($1, 1, jsonb_build_object($2::text, $3::bigint))
       on conflict (part) do update set version = kept.version + 1, updated_at = now(),
         state = kept.state || jsonb_build_object($2::text, coalesce((kept.state ->> $2)::bigint, 0) + $3::bigint)`,
      [part, name, more],
    );
  }

  /**
   * Holds a part for as long as the work takes, so that no other process does the same.
   * @returns what the work returned; undefined when somebody else holds it
   */
  async alone<T>(part: string, work: () => Promise<T>): Promise<T | undefined> {
    return this.source.transaction(async (transaction) => {
      const [{ held }] = await transaction.query<{ held: boolean }[]>(
        `select pg_try_advisory_xact_lock(hashtextextended('lab.loop.' || $1, 0)) as held`,
        [part],
      );
      return held ? work() : undefined;
    });
  }
}

async function replace(transaction: EntityManager, part: string, previous: number, state: object): Promise<void> {
  const [rows] = await transaction.query<[unknown[], number]>(
    `update lab.loop_parts set version = version + 1, state = $3::jsonb, updated_at = now()
     where part = $1 and version = $2 returning part`,
    [part, previous, JSON.stringify(state)],
  );
  if (rows.length === 0) throw new StaleOwnerError('loop', part, 0);
}
