import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { CommitConflictError } from '../../delta/delta.errors.js';
import { DeltaService } from '../../delta/delta.service.js';
import type { Column } from '../../engines/sql/sql.port.js';
import type { TaskRun } from '../../pipelines/task-run.types.js';
import { LakeService } from '../lake.service.js';
import { type MendedRow, MendedRows, type RowFault } from './mended-rows.js';
import { QUARANTINE_COLUMNS, type QuarantineEntry } from './quarantine-columns.js';
import { correctionsTableOf, quarantineTableOf, QuarantineTables } from './quarantine-tables.js';

/** Loads put rows into the same table all the time: each attempt waits a little longer for its turn. */
const ATTEMPTS = 20;
const PAUSE_MS = 10;
const CORRECTION_COLUMNS: readonly Column[] = [
  { name: 'id', type: 'VARCHAR' },
  { name: 'row', type: 'VARCHAR' },
];

/** Both stand in the commit that delivers the rows of a replay: as long as it is there, they went back. */
const deliveryOf = (replay: string) => ({ appId: `quarantine:${replay}`, version: 1 });

/**
 * The books of a replay, kept in Delta alone. It claims its rows, delivers them with a `txn` that names it, and settles. One
 * that died in between is either delivered, which the `txn` tells, or nobody's: so a row goes back once.
 */
@Injectable()
export class ReplayLedger {
  constructor(
    private readonly tables: QuarantineTables,
    private readonly delta: DeltaService,
    private readonly lake: LakeService,
    private readonly mended: MendedRows,
  ) {}

  /** The rows with these ids as they stand; unknown ids are left out. */
  async find(ids: readonly string[]): Promise<QuarantineEntry[]> {
    const marks = ids.map((_id, index) => `$${index + 1}`).join(', ');
    return this.tables.rows(await this.tables.list(), {
      sql: `select * from quarantined where id in (${marks}) order by id`,
      parameters: ids,
    });
  }

  /**
   * Marks rows as those of a replay.
   * @returns `own`: the rows that it has to take back, without those that went back before; `refused`: those that an attempt of
   * it, which then died, sent back already
   */
  async claim(
    dataset: string,
    rows: readonly MendedRow[],
    replay: string,
  ): Promise<{ own: QuarantineEntry[]; refused: QuarantineEntry[] }> {
    const texts = new Map(rows.map(({ id, row }) => [id, row]));
    return this.append(dataset, async () => {
      const entries = (await this.find([...texts.keys()])).filter((entry) => entry.dataset === dataset);
      const delivered = await this.delivered(dataset, entries);
      const changed = entries.flatMap((entry): QuarantineEntry[] => {
        if (entry.status === 'replayed' || entry.replay === replay) return [];
        if (entry.status === 'replaying' && delivered.has(entry.replay)) return [asReplayed(entry)];
        return [next(entry, { status: 'replaying', replay, row: texts.get(entry.id) ?? entry.row })];
      });
      const now = new Map(changed.map((entry) => [entry.id, entry]));
      const ours = entries.map((entry) => now.get(entry.id) ?? entry).filter((entry) => entry.replay === replay);
      const { replaying: own = [], open: refused = [] } = Object.groupBy(ours, ({ status }) => status);
      return { changed, result: { own, refused } };
    });
  }

  /** True when the rows of a replay stand in the table that they were meant for. */
  async isDelivered(dataset: string, replay: string): Promise<boolean> {
    const target = targetOf(dataset);
    if (!(await this.delta.exists(target))) return false;
    return (await this.delta.snapshot(target)).txns.has(deliveryOf(replay).appId);
  }

  /** Hands rows to the table that they were meant for, in one commit. */
  async deliver(dataset: string, rows: readonly MendedRow[], columns: readonly Column[], run: TaskRun): Promise<void> {
    if (rows.length === 0) return;
    const txn = deliveryOf(run.runId);
    if (!isBronze(dataset)) {
      await this.mended.lend(rows, CORRECTION_COLUMNS, (given) =>
        this.delta.write(targetOf(dataset), {
          mode: 'append',
          query: { sql: 'select * from given', tables: { given } },
          txn,
          description: `Mended rows of ${dataset}, by the id of those whose place they take`,
        }),
      );
      return;
    }
    await this.mended.typed(rows, columns, (given) =>
      this.lake.write(dataset, {
        mode: 'append',
        query: {
          sql: `select * exclude (_id), now() as _ingested_at, 'quarantine' as _source, $1::varchar as _batch from given`,
          tables: { given },
          parameters: [run.runId],
        },
        txn,
        facts: {
          run_id: run.runId,
          inputs: [{ name: quarantineTableOf(dataset), version: null }],
          keys: [],
          time: null,
          targets: [],
        },
        signal: run.signal,
      }),
    );
  }

  /** Lets the rows with a fault wait again, with the new reason. */
  async release(
    dataset: string,
    claimed: readonly QuarantineEntry[],
    faults: readonly RowFault[],
    replay: string,
  ): Promise<void> {
    const faulty = new Map(faults.map((fault) => [fault.id, fault]));
    const changed = claimed.flatMap((entry) => {
      const fault = faulty.get(entry.id);
      if (!fault) return [];
      const { rules, reason } = fault;
      return [next(entry, { status: 'open', rules, reason, run_id: replay, quarantined_at: new Date() })];
    });
    await this.append(dataset, () => Promise.resolve({ changed, result: undefined }));
  }

  /** Closes the books on rows that were delivered. */
  async close(dataset: string, delivered: readonly QuarantineEntry[]): Promise<void> {
    await this.append(dataset, () => Promise.resolve({ changed: delivered.map(asReplayed), result: undefined }));
  }

  /** Those of the replays that entries belong to whose rows stand in the table. */
  private async delivered(dataset: string, entries: readonly QuarantineEntry[]): Promise<ReadonlySet<string | null>> {
    const replays = new Set(entries.map(({ replay }) => replay).filter((replay) => replay !== null));
    const delivered = await Promise.all([...replays].map((replay) => this.isDelivered(dataset, replay)));
    return new Set([...replays].filter((_replay, index) => delivered[index]));
  }

  /** Adds entries that were worked out from the table as it stands: when it changes meanwhile, they are worked out again. */
  private async append<T>(
    dataset: string,
    workOut: () => Promise<{ changed: readonly QuarantineEntry[]; result: T }>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const before = await this.delta.relation(await this.tables.snapshot(dataset));
      const { changed, result } = await workOut();
      if (changed.length === 0) return result;
      try {
        await this.mended.lend(changed.map(toLine), QUARANTINE_COLUMNS, (given) =>
          this.delta.write(quarantineTableOf(dataset), {
            mode: 'append',
            query: { sql: 'select * from given', tables: { given, before } },
          }),
        );
        return result;
      } catch (error) {
        if (!(error instanceof CommitConflictError) || attempt === ATTEMPTS) throw error;
        await sleep(PAUSE_MS * attempt * Math.random());
      }
    }
  }
}

const isBronze = (dataset: string): boolean => dataset.startsWith('bronze.');

/** What a model refused goes back through its next builds, what a load refused straight into the table. */
const targetOf = (dataset: string): string => (isBronze(dataset) ? dataset : correctionsTableOf(dataset));

const next = (entry: QuarantineEntry, changes: Partial<QuarantineEntry>): QuarantineEntry => ({
  ...entry,
  ...changes,
  revision: entry.revision + 1,
});

const asReplayed = (entry: QuarantineEntry): QuarantineEntry => next(entry, { status: 'replayed', replayed_at: new Date() });

const toLine = (entry: QuarantineEntry): object => ({ ...entry, line: entry.line === null ? null : Number(entry.line) });
