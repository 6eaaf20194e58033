import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { CommitConflictError, StaleWriterError } from '../../delta/delta.errors.js';
import type { Commit, Transaction } from '../../delta/delta.types.js';
import { SqlError } from '../../engines/sql/sql.errors.js';
import { type Query, type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import { LakeStorage } from '../../engines/storage/storage.port.js';
import { quoteName } from '../expectations/rule.js';
import { ModelSqlError, OutsideIntervalError } from '../medallion.errors.js';
import type { MadeFrom } from '../models/build-fingerprint.js';
import { asTime, dueIntervals, type Interval, toText } from '../models/interval.js';
import type { BuildInputs } from '../models/model-inputs.js';
import { inInterval } from '../models/model-text.js';
import { IntervalLedger, type Wanted } from './interval-ledger.js';
import { LateRows } from './late-rows.js';
import { type Making, ModelWriter } from './model-writer.js';
import { type BuiltTable, stepAfter, TableState } from './table-state.js';

/** In the table's own log: names what was recorded last, so that of two builds at once one begins anew. */
const LEDGER = 'intervals';
/** Times that a build looks again what is left to do, when another made intervals meanwhile. */
const ATTEMPTS = 5;

export interface IntervalRange {
  readonly from?: Date;
  readonly to?: Date;
}

/** What a model is made of, as far as it can be told without reading it. */
type Readable = Pick<Making, 'model' | 'made'> & { readonly inputs: Pick<BuildInputs, 'snapshots'> };

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
    private readonly late: LateRows,
    @Inject(LakeStorage) private readonly storage: LakeStorage,
  ) {}

  /** @param again all when true; one range of them when given */
  async work(
    { model, inputs, made, run }: Readable & { readonly run: { readonly runId: string } },
    table: BuiltTable,
    again: boolean | Interval,
  ): Promise<IntervalWork> {
    const plan = model.intervals;
    if (!plan) return { wanted: { due: [], reopened: [] }, open: [], whole: false };
    const due = dueIntervals(plan, new Date());
    const whole = table.snapshot !== undefined && (again === true || !table.isMadeAs(made));
    if (whole) return { wanted: { due, reopened: [] }, open: due, whole };
    const ledger = new IntervalLedger(table.intervals);
    const done = due.filter((interval) => ledger.holds(interval));
    const wanted: Wanted = {
      due,
      reopened: table.madeFrom ? await this.reopened({ model, inputs, made }, table.madeFrom, { due, done }) : [],
      ...(typeof again === 'object' ? { again: { ...again, run: run.runId } } : {}),
    };
    return { wanted, open: ledger.open(wanted), whole };
  }

  /** Of the intervals that stand there the newest, and those with late rows, when what the model reads has changed. */
  private async reopened(
    { model, inputs, made }: Readable,
    before: MadeFrom,
    { due, done }: Readonly<Record<'due' | 'done', readonly Interval[]>>,
  ): Promise<Interval[]> {
    if (isDeepStrictEqual(before.inputs, made.inputs)) return [];
    const late = new Set(await this.late.intervalsOf({ model, before, inputs }, done));
    const recent = new Set(due.slice(due.length - Math.min(model.intervals?.lookback ?? 0, due.length)));
    return done.filter((interval) => late.has(interval) || recent.has(interval));
  }

  /** @returns the commits that it made, in order */
  async build(making: Making, again: boolean | Interval): Promise<Commit[]> {
    const commits: Commit[] = [];
    for (let attempt = 1; ; attempt++) {
      const table = await this.tables.of(making.model.name);
      // Who has read more than this build knows of what is open, too.
      if (table.madeFrom && (await this.late.isOutdated(table.madeFrom, making.inputs))) return commits;
      const work = await this.work(making, table, again);
      if (work.open.length === 0) return commits;
      try {
        if (work.whole) return [await this.makeWhole(making, table, work)];
        await this.makeEach(making, table, work, commits);
        attempt = 0;
      } catch (error) {
        const overtaken = error instanceof CommitConflictError || error instanceof StaleWriterError;
        if (!overtaken || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Ends when another build has made intervals meanwhile: what is open has to be looked at again. */
  private async makeEach(making: Making, first: BuiltTable, { open, wanted }: IntervalWork, commits: Commit[]): Promise<void> {
    let [table, step] = [first, stepOf(first)];
    for (const [index, interval] of open.entries()) {
      making.run.signal.throwIfAborted();
      const onProgress = (share: number): void => making.onProgress((index + share) / open.length);
      // With the first commit all that is made again leaves the ledger, and stands there again when it is made.
      const reopened = index === 0 ? wanted.reopened : [];
      const txn = ledgerStep(step, making.run.runId, interval);
      commits.push(await this.makeOne({ ...making, onProgress }, table, { interval, wanted: { ...wanted, reopened }, txn }));
      table = await this.tables.of(making.model.name);
      step = txn.version;
      if (stepOf(table) !== step) return;
    }
  }

  private async makeOne(
    making: Making,
    { snapshot, intervals }: BuiltTable,
    { interval, wanted, txn }: { readonly interval: Interval; readonly wanted: Wanted; readonly txn: Transaction },
  ): Promise<Commit> {
    const { model, inputs, run } = making;
    const time = quoteName(model.time as string);
    const inside = `${time} >= ${asTime(interval.start)} and ${time} < ${asTime(interval.end)}`;
    const commit = await this.writer.write(making, {
      mode: 'overwrite',
      query: { sql: inInterval(model.sql, interval), tables: inputs.tables },
      ...(snapshot ? { where: { sql: inside } } : {}),
      txn,
      facts: { intervals: new IntervalLedger(intervals).with(interval, wanted).done },
      then: (kept) => this.refuseOutside(making, kept, inside, interval),
    });
    run.log.info(`${model.name}: ${commit.rowsAdded.toLocaleString('en')} rows for ${toText(interval)}`);
    return commit;
  }

  /** Intervals that are made otherwise than before come all at once: nobody sees some of both. */
  private async makeWhole(making: Making, table: BuiltTable, { wanted, open }: IntervalWork): Promise<Commit> {
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
        txn: ledgerStep(stepOf(table), run.runId, all),
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

const stepOf = ({ snapshot }: BuiltTable): number | null => snapshot?.txns.get(LEDGER) ?? null;

const ledgerStep = (previous: number | null, run: string, { start, end }: Interval): Transaction =>
  stepAfter(LEDGER, previous, [run, start, end]);
