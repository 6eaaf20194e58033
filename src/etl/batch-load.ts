import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { DeltaService } from '../delta/delta.service.js';
import type { Candidate, Commit, DeltaColumn, Snapshot } from '../delta/delta.types.js';
import { DamagedFileError, SqlError, SqlForbiddenError } from '../engines/sql/sql.errors.js';
import { type Column, type Query, SqlEngine } from '../engines/sql/sql.port.js';
import { LakeStorage } from '../engines/storage/storage.port.js';
import { LakeService, type LakeWrite } from '../medallion/lake.service.js';
import type { CommitFacts } from '../medallion/lake.types.js';
import type { TaskRun } from '../pipelines/task-run.types.js';
import {
  NothingParsesError,
  SchemaDriftError,
  TooManyRejectedError,
  UnreadableSourceError,
  UnreadableTextError,
} from './etl.errors.js';
import type { ColumnChange } from './etl.types.js';
import { type Batch, keptFileOf, KeptRejects, rejectsOf } from './kept-rejects.js';
import type { LandedFile } from './landing.service.js';
import { readCsv } from './reading/csv-file.js';
import { readJson } from './reading/json-file.js';
import type { ReadingWork, ReceivedFile } from './reading/received-file.js';
import { RejectFile } from './reading/reject-file.js';
import { TypedRows } from './reading/typed-rows.js';
import { quotedName } from './reading/value-sql.js';
import { changesBetween, recorded, refuseDrift, withoutAdded } from './schema-drift.js';
import { JsonOptions, type SourceDeclaration } from './source.schema.js';
import { tableOf } from './sources.service.js';

const ADDED = ['$1::timestamptz AS _ingested_at', '$2::varchar AS _source', '$3::varchar AS _batch'];
/** In which a resumed load looks for what it committed before it was interrupted. */
const COMMITS_READ = 100;
const LOADED_BEFORE = 'these bytes were loaded before';
/** Of the work of a load, the part that goes before the write. */
const SCREENING_SHARE = 0.4;

export interface BatchWork {
  readonly source: SourceDeclaration;
  readonly landed: LandedFile;
  readonly run: TaskRun;
  /** Rows that were sent as JSON, whatever the format of the source's files. */
  readonly sent: boolean;
  readonly onProgress: (share: number) => void;
}

export interface BatchOutcome {
  /** Of the table; null while there is none. */
  readonly version: number | null;
  readonly rows: number;
  readonly rejected: number;
  /** How the file's columns differed from the table's; absent when they did not. */
  readonly drift?: readonly ColumnChange[];
  /** Why there was nothing to do; absent when there was. */
  readonly skipped?: string;
}

/** One landed file into bronze: its rows, and beside them those that do not parse. */
@Injectable()
export class BatchLoad {
  constructor(
    @Inject(LakeStorage) private readonly storage: LakeStorage,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
    private readonly delta: DeltaService,
    private readonly lake: LakeService,
    private readonly rejects: KeptRejects,
  ) {}

  /** @throws {UnreadableSourceError} @throws {NothingParsesError} @throws {TooManyRejectedError} */
  async load(work: BatchWork): Promise<BatchOutcome> {
    const table = tableOf(work.source);
    const present = (await this.delta.exists(table)) ? await this.delta.snapshot(table) : undefined;
    if (present?.txns.has(txnOf(work).appId)) return this.loadedBefore(work, present);
    const folder = await this.storage.stage();
    try {
      return await this.loadFrom(folder, work, present);
    } catch (error) {
      if (error instanceof SchemaDriftError) await this.lake.refuse(table, work.run.runId, recorded(error.changes));
      if (error instanceof SqlError || error instanceof DamagedFileError) throw refusal(work)(error.reason);
      if (error instanceof UnreadableTextError) throw refusal(work)(error.message);
      throw error;
    } finally {
      await this.storage.discard(folder);
    }
  }

  /** An attempt that died behind its commit is gone on with: what it did is what this one reports. */
  private async loadedBefore(work: BatchWork, { version }: Snapshot): Promise<BatchOutcome> {
    const { run, landed } = work;
    await this.rejects.settle(batchOf(work));
    const commits = run.attempt > 1 ? await this.delta.history(tableOf(work.source), COMMITS_READ) : [];
    const own = commits.find(({ info }) => {
      const { run_id: runId, inputs = [] } = info as Partial<CommitFacts>;
      return runId === run.runId && inputs.some(({ name }) => name === landed.path);
    });
    if (!own) return { version, rows: 0, rejected: 0, skipped: LOADED_BEFORE };
    return { version: own.version, rows: own.rowsAdded, rejected: rejectsOf(own)?.rows ?? 0 };
  }

  private async loadFrom(folder: string, work: BatchWork, present: Snapshot | undefined): Promise<BatchOutcome> {
    const path = await this.storage.localFile(work.landed.path);
    if (work.source.format === 'parquet' && !work.sent) {
      return this.loadParquet(work, { received: { format: 'parquet', files: [path] } }, present?.columns ?? []);
    }
    const rejects = await RejectFile.create(join(folder, 'rejects.jsonl'));
    try {
      const { signal } = work.run;
      const reading: ReadingWork = {
        ...{ path, folder, rejects, signal, most: mostRejected(work.source), refuse: refusal(work) },
        onProgress: (share) => work.onProgress(share * SCREENING_SHARE),
      };
      const received = await this.read(work, reading, present?.columns ?? []);
      if (received.rows + rejects.rows === 0) {
        return { version: present?.version ?? null, rows: 0, rejected: 0, skipped: 'there are no rows in it' };
      }
      return await this.writeRows(work, received, reading, present?.columns ?? []);
    } finally {
      await rejects.close();
    }
  }

  private async loadParquet(work: BatchWork, tables: Query['tables'], present: readonly DeltaColumn[]): Promise<BatchOutcome> {
    const columns = await this.sql.describe({ sql: 'SELECT * FROM received', tables });
    const drift = driftOf(work, present, columns);
    const query = { sql: `SELECT *, ${ADDED.join(', ')} FROM received`, tables };
    return outcomeOf(await this.write(work, query, { drift }, { onProgress: work.onProgress }), { rejected: 0, drift });
  }

  private read({ source, sent }: BatchWork, reading: ReadingWork, present: readonly DeltaColumn[]): Promise<ReceivedFile> {
    const known = new Map(present.map(({ name, type }) => [name.toLowerCase(), type]));
    if (source.format === 'csv' && !sent) return readCsv(source.csv, known, reading);
    const declared =
      source.format === 'parquet' ? {} : { columns: source.format === 'csv' ? source.csv.columns : source.json.columns };
    const options = sent || source.format !== 'json' ? JsonOptions.parse({ ...declared, shape: 'lines' }) : source.json;
    return readJson(options, known, { sql: this.sql, reading });
  }

  /** Writes as if every value fitted. Only when one does not are the rows looked through, which most files never need. */
  private async writeRows(
    work: BatchWork,
    received: ReceivedFile,
    { most, signal }: ReadingWork,
    present: readonly DeltaColumn[],
  ): Promise<BatchOutcome> {
    refuseTooMany(work, received, { most, misfits: 0 });
    const drift = driftOf(work, present, received.columns);
    const apart = work.source.on_drift === 'quarantine' && drift.some(({ change }) => change === 'added');
    const rows = new TypedRows(received, apart ? withoutAdded(received.columns, drift) : received.columns);
    try {
      if (!apart) return await this.commit(work, rows, { drift, misfits: 0 });
    } catch (error) {
      if (!(error instanceof SqlError) || error instanceof SqlForbiddenError) throw error;
      work.run.log.info(`${work.landed.name}: not every value fits its column, looking at each`);
    }
    const widened = await rows.widened(this.sql, signal);
    const misfits = await widened.rejectMisfits(this.sql, signal, most);
    refuseTooMany(work, received, { most, misfits });
    return this.commit(work, widened, { drift, misfits });
  }

  private async commit(
    work: BatchWork,
    typed: TypedRows,
    { drift, misfits }: { drift: readonly ColumnChange[]; misfits: number },
  ): Promise<BatchOutcome> {
    const items = [...typed.items(misfits > 0), ...missingItems(drift), ...ADDED];
    const where = misfits > 0 ? ` WHERE ${typed.fits}` : '';
    const query = typed.query(`SELECT ${items.join(', ')} FROM received${where}`);
    const { rejects, rows } = typed.received;
    const batch = batchOf(work);
    const kept = keptFileOf(batch, rejects);
    const inspect = async (candidate: Candidate): Promise<undefined> => {
      // Two readers of one text have to agree on its rows: no row may vanish between them.
      if (candidate.rows !== rows - misfits) {
        throw refusal(work)(`${rows - misfits} rows were found in it, and the SQL engine reads ${candidate.rows}`);
      }
      if (kept) await this.rejects.keep(rejects, kept);
    };
    const onProgress = (share: number): void => work.onProgress(SCREENING_SHARE + share * (1 - SCREENING_SHARE));
    try {
      const commit = await this.write(work, query, { drift, rejects: kept }, { onProgress, inspect });
      if (!commit.skipped) await this.rejects.settle(batch, commit);
      else if (kept) await this.rejects.drop(kept);
      return outcomeOf(commit, { rejected: rejects.rows, drift });
    } catch (error) {
      if (kept) await this.rejects.forget(kept, batch);
      throw error;
    }
  }

  private write(
    work: BatchWork,
    query: Query,
    { drift, rejects }: { drift: readonly ColumnChange[]; rejects?: CommitFacts['rejects'] },
    running: Pick<LakeWrite, 'onProgress' | 'inspect'>,
  ): Promise<Commit> {
    const { source, landed, run } = work;
    const facts: CommitFacts = {
      ...{ run_id: run.runId, inputs: [{ name: landed.path, version: null }], keys: [], time: null, targets: [] },
      ...{ drift: recorded(drift), rejects },
    };
    return this.lake.write(tableOf(source), {
      mode: 'append',
      query: { ...query, parameters: [new Date(), landed.name, landed.sha256] },
      txn: txnOf(work),
      description: source.description,
      evolve: source.on_drift === 'evolve',
      ...{ facts, ...running, signal: run.signal },
    });
  }
}

const txnOf = ({ source, landed }: BatchWork) => ({ appId: `etl:${source.name}:${landed.sha256}`, version: 1 });

const refusal =
  ({ source, landed }: BatchWork) =>
  (reason: string): Error =>
    new UnreadableSourceError(source.name, landed.name, reason);

/** @throws {SchemaDriftError} */
function driftOf({ source, landed }: BatchWork, present: readonly Column[], received: readonly Column[]): ColumnChange[] {
  const changes = changesBetween(present, received);
  refuseDrift(tableOf(source), landed.name, source.on_drift, changes);
  return changes;
}

const mostRejected = (source: SourceDeclaration): number => {
  if (source.format === 'parquet') return Infinity;
  return source.on_reject === 'fail' ? 0 : (source.max_rejected ?? Infinity);
};

function refuseTooMany(
  { source, landed, sent }: BatchWork,
  { rows, rejects }: ReceivedFile,
  { most, misfits }: { most: number; misfits: number },
): void {
  if (rows === misfits) throw new NothingParsesError(source.name, landed.name, sent ? 'json' : source.format, rejects.examples);
  if (rejects.rows > most) throw new TooManyRejectedError(most, rejects.examples);
}

const missingItems = (drift: readonly ColumnChange[]): string[] =>
  drift.filter(({ change }) => change === 'missing').map(({ column, type }) => `CAST(NULL AS ${type}) AS ${quotedName(column)}`);

const batchOf = (work: BatchWork): Batch => ({
  ...{ dataset: tableOf(work.source), source: work.source.name, file: work.landed.name, batch: work.landed.sha256 },
  txn: txnOf(work),
});

function outcomeOf(
  { version, rowsAdded, skipped }: Commit,
  { rejected, drift }: { rejected: number; drift: readonly ColumnChange[] },
): BatchOutcome {
  if (skipped) return { version, rows: 0, rejected: 0, skipped: LOADED_BEFORE };
  return { version, rows: rowsAdded, rejected, ...(drift.length > 0 ? { drift } : {}) };
}
