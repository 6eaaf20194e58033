import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { CommitConflictError } from '../../delta/delta.errors.js';
import { DeltaService } from '../../delta/delta.service.js';
import type { Commit, Snapshot, Transaction } from '../../delta/delta.types.js';
import { SqlError } from '../../engines/sql/sql.errors.js';
import { type Column, type Query, SqlEngine } from '../../engines/sql/sql.port.js';
import { LakeStorage } from '../../engines/storage/storage.port.js';
import { LakeService } from '../../medallion/lake.service.js';
import { TableTakenError } from '../ingestion.errors.js';
import { bronzeOf, LANDED_COLUMNS, type Topic } from '../topic.types.js';
import { fittingRowsOf, misfitsOf, rowsOf } from './rows/row-query.js';

/** Another member of the group commits beside this one; the table is the same, so that they get into each other's way now and then. */
const TRIES = 8;

/** The application of a partition in the table's transactions. Its version is the next offset to land. */
export const landingAppId = ({ id }: Pick<Topic, 'id'>, partition: number): string => `landing:${id}:${partition}`;

/** What a commit says of one partition. */
export interface Step {
  readonly partition: number;
  /** What the table has recorded until then; null for nothing. */
  readonly previous: number | null;
  /** What it records. */
  readonly next: number;
  /** JSON, as {@link MessageRows} makes it. */
  readonly lines: readonly Buffer[];
}

export interface PlaceOfMisfit {
  readonly partition: number;
  readonly offset: number;
}

/** What of a topic is in bronze, and how more of it comes there. */
@Injectable()
export class LandedTables {
  constructor(
    private readonly delta: DeltaService,
    private readonly lake: LakeService,
    @Inject(LakeStorage) private readonly storage: LakeStorage,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /** @throws {TableTakenError} when the table is not one of landing */
  async find({ name }: Pick<Topic, 'name'>): Promise<Snapshot | undefined> {
    const table = bronzeOf(name);
    if (!(await this.delta.exists(table))) return undefined;
    const snapshot = await this.delta.snapshot(table);
    const columns = new Set(snapshot.columns.map((column) => column.name));
    if (!LANDED_COLUMNS.every((column) => columns.has(column))) throw new TableTakenError(name, table);
    return snapshot;
  }

  /** @returns the next offset to land of each partition; of one of which nothing has landed, none */
  async positions(topic: Pick<Topic, 'id' | 'name'>): Promise<(partition: number) => number | undefined> {
    const snapshot = await this.find(topic);
    return (partition) => snapshot?.txns.get(landingAppId(topic, partition));
  }

  /**
   * One commit with the rows of every partition and where each of them ends.
   * @param onMisfits is told of rows that the SQL engine has no column for, before the commit in which they are missing
   * @throws {StaleWriterError} when somebody else has landed messages of these partitions
   */
  async append(
    topic: Topic,
    steps: readonly Step[],
    columns: readonly Column[],
    onMisfits: (misfits: readonly PlaceOfMisfit[]) => Promise<void>,
  ): Promise<Commit> {
    const folder = await this.storage.stage();
    try {
      const files = await written(folder, steps);
      try {
        return await this.write(topic, steps, rowsOf(files, columns));
      } catch (error) {
        if (!(error instanceof SqlError) || columns.length === 0) throw error;
        const misfits = await this.sql.rows(misfitsOf(files, columns));
        if (misfits.length === 0) throw error;
        await onMisfits(misfits.map(({ p, o }) => ({ partition: Number(p), offset: Number(o) })));
        return await this.write(topic, steps, fittingRowsOf(files, columns));
      }
    } finally {
      await this.storage.discard(folder);
    }
  }

  private async write(topic: Topic, steps: readonly Step[], query: Query): Promise<Commit> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.lake.write(bronzeOf(topic.name), {
          ...{ mode: 'append', evolve: true, query, operation: 'LANDING' },
          description: `The messages of the topic "${topic.name}", as they were received`,
          txn: transactionsOf(topic, steps),
          facts: { run_id: null, inputs: [{ name: topic.name, version: null }], keys: [], time: '_timestamp', targets: [] },
        });
      } catch (error) {
        if (!(error instanceof CommitConflictError) || tries === TRIES) throw error;
      }
    }
  }
}

export const transactionsOf = (topic: Topic, steps: readonly Step[]): Transaction[] =>
  steps.map(({ partition, previous, next }) => ({ appId: landingAppId(topic, partition), version: next, previous }));

/** Without a line there is no file: the rows of none have their columns all the same. */
async function written(folder: string, steps: readonly Step[]): Promise<string[]> {
  const filled = steps.filter(({ lines }) => lines.length > 0);
  return Promise.all(
    filled.map(async ({ partition, lines }) => {
      const path = join(folder, `${partition}.jsonl`);
      await writeFile(path, lines);
      return path;
    }),
  );
}
