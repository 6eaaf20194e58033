import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CommitConflictError, StaleWriterError } from '../../delta/delta.errors.js';
import type { Commit, Transaction } from '../../delta/delta.types.js';
import { SqlError } from '../../engines/sql/sql.errors.js';
import { type Query, type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import { LakeStorage } from '../../engines/storage/storage.port.js';
import { quoteName } from '../expectations/rule.js';
import { ModelSqlError, OutsideIntervalError } from '../medallion.errors.js';
import { inputsOf } from '../models/build-fingerprint.js';
import { asTime, dueIntervals, type Interval, toText } from '../models/interval.js';
import { inInterval } from '../models/model-text.js';
import { IntervalLedger, type Wanted } from './interval-ledger.js';
import { type Making, ModelWriter } from './model-writer.js';
import { type BuiltTable, TableState } from './table-state.js';

/** In the table's own log: names what was recorded last, so that of two builds at once one begins anew. */
const LEDGER = 'intervals';
/** Times that a build looks again what is left to do, when another made intervals meanwhile. */
const ATTEMPTS = 5;

export interface IntervalRange {
  readonly from?: Date;
  readonly to?: Date;
}

/** What a build of intervals has to do. */
export interface IntervalWork {
  readonly wanted: Wanted;
  readonly open: readonly Interval[];
  /** All in one commit, in the place of all that stands there. */
  readonly whole: boolean;
}

/** Builds models interval by interval: each is one commit, which also records that it stands there. */
@Injectable()
export class IntervalBuild {
  constructor(
    private readonly writer: ModelWriter,
    private readonly tables: TableState,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
    @Inject(LakeStorage) private readonly storage: LakeStorage,
  ) {}

  /** @param again all when true; one range of them when given */
  work(
    { model, made, run }: Pick<Making, 'model' | 'made'> & { readonly run: { readonly runId: string } },
    table: BuiltTable,
    again: boolean | Interval,
  ): IntervalWork {
    const plan = model.intervals;
    if (!plan) return { wanted: { due: [], lookback: 0, inputs: '' }, open: [], whole: false };
    const due = dueIntervals(plan, new Date());
    const wanted: Wanted = { due, lookback: plan.lookback, inputs: inputsOf(made) };
    const whole = table.snapshot !== undefined && (again === true || !table.isMadeAs(made));
    if (whole) return { wanted, open: due, whole };
    const asked = typeof again === 'object' ? { ...wanted, again: { ...again, run: run.runId } } : wanted;
    return { wanted: asked, open: new IntervalLedger(table.intervals).open(asked), whole };
  }

  /** @returns the commits that it made, in order */
  async build(making: Making, again: boolean | Interval): Promise<Commit[]> {
    const commits: Commit[] = [];
    for (let attempt = 1; ; attempt++) {
      const table = await this.tables.of(making.model.name);
      const work = this.work(making, table, again);
      try {
        if (work.whole && work.open.length > 0) return [await this.makeWhole(making, table, work)];
        await this.makeEach(making, work, commits);
        return commits;
      } catch (error) {
        const overtaken = error instanceof CommitConflictError || error instanceof StaleWriterError;
        if (!overtaken || attempt === ATTEMPTS) throw error;
      }
    }
  }

  private async makeEach(making: Making, { open, wanted }: IntervalWork, commits: Commit[]): Promise<void> {
    for (const [index, interval] of open.entries()) {
      making.run.signal.throwIfAborted();
      const onProgress = (share: number): void => making.onProgress((index + share) / open.length);
      // What is recorded is looked at before each: the commit of the one before may not have been the last.
      commits.push(await this.makeOne({ ...making, onProgress }, interval, wanted));
    }
  }

  private async makeOne(making: Making, interval: Interval, wanted: Wanted): Promise<Commit> {
    const { model, inputs, run } = making;
    const { snapshot, intervals } = await this.tables.of(model.name);
    const time = quoteName(model.time as string);
    const inside = `${time} >= ${asTime(interval.start)} and ${time} < ${asTime(interval.end)}`;
    const commit = await this.writer.write(making, {
      mode: 'overwrite',
      query: { sql: inInterval(model.sql, interval), tables: inputs.tables },
      ...(snapshot ? { where: { sql: inside } } : {}),
      txn: ledgerStep(snapshot?.txns, run.runId, interval),
      facts: { intervals: new IntervalLedger(intervals).with(interval, wanted).done },
      then: (kept) => this.refuseOutside(making, kept, inside, interval),
    });
    run.log.info(`${model.name}: ${commit.rowsAdded.toLocaleString('en')} rows for ${toText(interval)}`);
    return commit;
  }

  /** Intervals that are made otherwise than before come all at once: nobody sees some of both. */
  private async makeWhole(making: Making, { snapshot }: BuiltTable, { wanted, open }: IntervalWork): Promise<Commit> {
    const { model, inputs, run } = making;
    const folder = await this.storage.stage();
    try {
      const parts: Relation[] = [];
      for (const [index, interval] of open.entries()) {
        const query = { sql: inInterval(model.sql, interval), tables: inputs.tables };
        parts.push(await this.stage(making, query, folder, (share) => making.onProgress((0.9 * (index + share)) / open.length)));
      }
      const [first, last] = [open[0], open[open.length - 1]];
      const all = { start: first.start, end: last.end };
      const time = quoteName(model.time as string);
      return await this.writer.write(making, {
        mode: 'overwrite',
        query: {
          sql: parts.map((_, index) => `select * from part_${index}`).join('\nunion all\n'),
          tables: Object.fromEntries(parts.map((part, index) => [`part_${index}`, part])),
        },
        txn: ledgerStep(snapshot?.txns, run.runId, all),
        facts: { intervals: new IntervalLedger([]).with(all, wanted).done },
        then: (kept) => this.refuseOutside(making, kept, `${time} >= ${asTime(all.start)} and ${time} < ${asTime(all.end)}`, all),
      });
    } finally {
      await this.storage.discard(folder);
    }
  }

  private async stage(
    { model, run }: Making,
    query: Query,
    folder: string,
    onProgress: (share: number) => void,
  ): Promise<Relation> {
    try {
      const { files, columns } = await this.sql.materialise(query, folder, { signal: run.signal, onProgress });
      return { format: 'parquet', files: files.map(({ file }) => file), columns };
    } catch (error) {
      throw error instanceof SqlError ? new ModelSqlError(model, error) : error;
    }
  }

  /** @throws {OutsideIntervalError} */
  private async refuseOutside({ model, run }: Making, kept: Relation, inside: string, interval: Interval): Promise<undefined> {
    const sql = `select count(*) from kept where (${inside}) is not true`;
    const rows = await this.writer.count(sql, { kept }, run);
    if (rows === 0) return;
    const place = `${model.file}:${model.headerLines.time}`;
    throw new OutsideIntervalError({ name: model.name, place }, model.time as string, toText(interval), rows);
  }
}

/** Follows what is recorded, under a number of its own: so it is neither taken for another nor done twice. */
function ledgerStep(txns: ReadonlyMap<string, number> | undefined, run: string, { start, end }: Interval): Transaction {
  const previous = txns?.get(LEDGER) ?? null;
  const name = JSON.stringify([previous, run, start, end]);
  return { appId: LEDGER, version: parseInt(createHash('sha256').update(name).digest('hex').slice(0, 12), 16), previous };
}
