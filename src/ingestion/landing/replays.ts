import { Injectable } from '@nestjs/common';
import { CommitConflictError, StaleWriterError } from '../../delta/delta.errors.js';
import { DeltaService } from '../../delta/delta.service.js';
import type { Commit, Snapshot } from '../../delta/delta.types.js';
import type { Predicate } from '../../engines/sql/sql.port.js';
import type { Position } from '../../engines/stream/stream.port.js';
import { LakeService } from '../../medallion/lake.service.js';
import { bronzeOf, type Topic } from '../topic.types.js';
import { LandedTables, landingAppId, type Step, transactionsOf } from './landed-tables.js';
import { OlderTopicRowsError, ReplayBusyError } from './landing.errors.js';

/** Against landings that commit meanwhile. */
const TRIES = 20;

/** One partition, moved from where it stood. */
export interface Move {
  readonly partition: number;
  readonly from: number | null;
  readonly to: number;
}

export interface Moved {
  readonly moves: readonly Move[];
  /** Undefined when everything stood there already. */
  readonly commit: Commit | undefined;
}

/** Moves landings to other offsets. */
@Injectable()
export class Replays {
  constructor(
    private readonly tables: LandedTables,
    private readonly delta: DeltaService,
    private readonly lake: LakeService,
  ) {}

  /**
   * Takes the rows from these positions on out of the table and records the positions, in one commit: a landing that is at work is
   * refused its next commit, and begins anew from there. So no row is there twice, and none is missing for longer than it takes
   * to read it again.
   * @throws {OlderTopicRowsError} @throws {ReplayBusyError}
   */
  async move(topic: Topic, positions: readonly Position[]): Promise<Moved> {
    for (let tries = 1; tries <= TRIES; tries++) {
      const snapshot = await this.tables.find(topic);
      const moves = positions.map(({ partition, offset }) => ({
        ...{ partition, to: offset },
        from: snapshot?.txns.get(landingAppId(topic, partition)) ?? null,
      }));
      const steps = moves.filter(({ from, to }) => from !== to);
      if (steps.length === 0) return { moves, commit: undefined };
      try {
        return { moves, commit: await this.commit(topic, snapshot, steps) };
      } catch (error) {
        if (!(error instanceof CommitConflictError || error instanceof StaleWriterError)) throw error;
      }
    }
    throw new ReplayBusyError(topic.name);
  }

  private async commit(topic: Topic, snapshot: Snapshot | undefined, moves: readonly Move[]): Promise<Commit> {
    const steps = moves.map(({ partition, from, to }): Step => ({ partition, previous: from, next: to, lines: [] }));
    if (!snapshot) return this.tables.append(topic, steps, [], () => Promise.resolve());
    const where = rowsBehind(moves.filter(({ from, to }) => from !== null && to < from));
    if (where.parameters?.length) this.refuseOlderRows(topic, snapshot);
    const txn = transactionsOf(topic, steps);
    const table = bronzeOf(topic.name);
    return this.lake.change(table, null, (info) => this.delta.delete(table, { where, txn, info, operation: 'REPLAY' }));
  }

  private refuseOlderRows({ name, id }: Topic, { table, txns }: Snapshot): void {
    const own = landingAppId({ id }, 0).slice(0, -1);
    const others = [...txns.keys()].filter((appId) => appId.startsWith('landing:') && !appId.startsWith(own));
    if (others.length > 0) throw new OlderTopicRowsError(name, table);
  }
}

function rowsBehind(moves: readonly Move[]): Predicate {
  const conditions = moves.map((_, index) => `(_partition = $${2 * index + 1} AND _offset >= $${2 * index + 2})`);
  return { sql: conditions.join(' OR ') || 'false', parameters: moves.flatMap(({ partition, to }) => [partition, to]) };
}
