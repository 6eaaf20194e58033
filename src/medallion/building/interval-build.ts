import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { CommitConflictError, StaleWriterError } from '../../delta/delta.errors.js';
import type { Commit, Transaction } from '../../delta/delta.types.js';
import { type Column, type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import { LakeStorage } from '../../engines/storage/storage.port.js';
import { quoteName } from '../expectations/rule.js';
import { InvalidRangeError, OutsideIntervalError } from '../medallion.errors.js';
import type { MadeFrom } from '../models/build-fingerprint.js';
import { asTime, countOver, dueIntervals, type Interval, MOST_INTERVALS, toText } from '../models/interval.js';
import type { BuildInputs } from '../models/model-inputs.js';
import { inInterval } from '../models/model-text.js';
import { IntervalLedger, type Wanted } from './interval-ledger.js';
import { LateRows } from './late-rows.js';
import { locating, type Making, ModelWriter } from './model-writer.js';
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
  /** What a user has to know of how the intervals are found. */
  readonly warnings: readonly string[];
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

  /** @param again all when true; one range of them when given @throws {InvalidRangeError} for more intervals than can be made */
  async work(
    { model, inputs, made, run }: Readable & { readonly run: { readonly runId: string } },
    table: BuiltTable,
    again: boolean | Interval,
  ): Promise<IntervalWork> {
    const plan = model.intervals;
    if (!plan) return { wanted: { due: [], reopened: [] }, open: [], whole: false, warnings: [] };
    const now = new Date();
    refuseTooMany(model, countOver(plan, now));
    const due = dueIntervals(plan, now);
    const warnings = await this.late.warningsOf(model, inputs.snapshots);
    const whole = table.snapshot !== undefined && (again === true || !table.isMadeAs(made));
    if (whole) return { wanted: { due, reopened: [] }, open: due, whole, warnings };
    const ledger = new IntervalLedger(table.intervals);
    const done = due.filter((interval) => ledger.holds(interval));
    const wanted: Wanted = {
      due,
      reopened: table.madeFrom ? await this.reopened({ model, inputs, made }, table.madeFrom, { due, done }) : [],
      ...(typeof again === 'object' ? { again: { ...again, run: run.runId } } : {}),
    };
    return { wanted, open: ledger.open(wanted), whole, warnings };
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

  /** @returns the commits that it made, in order, and how many intervals stand in them */
  async build(making: Making, again: boolean | Interval): Promise<{ commits: Commit[]; intervals: number }> {
    const commits: Commit[] = [];
    let asked = again;
    for (let attempt = 1; ; attempt++) {
      const table = await this.tables.of(making.model.name);
      // Where no table is there is nothing to make again: what is missing is made as always, and that is all of it.
      if (asked === true && !table.snapshot) asked = false;
      // Who has read more than this build knows of what is open, too.
      if (table.madeFrom && (await this.late.isOutdated(table.madeFrom, making.inputs))) return eachIn(commits);
      const work = await this.work(making, table, asked);
      if (attempt === 1 && commits.length === 0) work.warnings.forEach((warning) => making.run.log.warn(warning));
      if (work.open.length === 0) return eachIn(commits);
      try {
        if (work.whole) return { commits: [await this.makeWhole(making, table, work)], intervals: work.open.length };
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
    const { model, run } = making;
    const folder = await this.storage.stage();
    try {
      const made = await this.stageAll(making, open, folder);
      const [first, last] = [open[0], open[open.length - 1]];
      const all = { start: first.start, end: last.end };
      const time = quoteName(model.time as string);
      return await this.writer.write(making, {
        mode: 'overwrite',
        query: { sql: 'select * from made', tables: { made } },
        txn: ledgerStep(stepOf(table), run.runId, all),
        facts: { intervals: new IntervalLedger([]).with(all, wanted).done },
        then: (kept) => this.refuseOutside(making, kept, `${time} >= ${asTime(all.start)} and ${time} < ${asTime(all.end)}`, all),
      });
    } finally {
      await this.storage.discard(folder);
    }
  }

  /** All intervals are of one SELECT: their files are those of one table. */
  private async stageAll(making: Making, open: readonly Interval[], folder: string): Promise<Relation> {
    const { model, inputs, run } = making;
    const files: string[] = [];
    let columns: readonly Column[] = [];
    for (const [index, interval] of open.entries()) {
      const query = { sql: inInterval(model.sql, interval), tables: inputs.tables };
      const onProgress = (share: number): void => making.onProgress((0.9 * (index + share)) / open.length);
      const part = await locating(model, () => this.sql.materialise(query, folder, { signal: run.signal, onProgress }));
      files.push(...part.files.map(({ file }) => file));
      columns = part.columns;
    }
    return { format: 'parquet', files, columns };
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

const eachIn = (commits: Commit[]) => ({ commits, intervals: commits.length });

function refuseTooMany({ file, headerLines, intervals }: Making['model'], count: number): void {
  if (count <= MOST_INTERVALS) return;
  throw new InvalidRangeError(
    `${file}:${headerLines.intervals}: ${count.toLocaleString('en')} intervals (every: ${intervals?.every}) have passed, and a model has ` +
      `at most ${MOST_INTERVALS.toLocaleString('en')}. Let them start later or end earlier, or make each longer.`,
  );
}

const stepOf = ({ snapshot }: BuiltTable): number | null => snapshot?.txns.get(LEDGER) ?? null;

const ledgerStep = (previous: number | null, run: string, { start, end }: Interval): Transaction =>
  stepAfter(LEDGER, previous, [run, start, end]);
