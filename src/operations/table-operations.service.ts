import { Injectable } from '@nestjs/common';
import { CatalogService } from '../catalog/catalog.service.js';
import { UnsupportedFeatureError } from '../delta/delta.errors.js';
import { DeltaService } from '../delta/delta.service.js';
import type { ChangeRequest, CleanedLog, Commit, Vacuumed } from '../delta/delta.types.js';
import { LakeService } from '../medallion/lake.service.js';
import { Task } from '../pipelines/task.decorator.js';
import type { TaskRun } from '../pipelines/task-run.types.js';
import { TablesFailedError } from './operations.errors.js';
import {
  CleanLogOptions,
  DeleteRowsOptions,
  OptimizeOptions,
  RestoreOptions,
  UpdateRowsOptions,
  VacuumOptions,
} from './table-operations.schema.js';

const MB = 1024 * 1024;
const DATASET = /^(bronze|silver|gold)\./;

/** What became of one table by one operation. */
interface TableChange {
  readonly dataset: string;
  readonly version: number;
  /** True when there was nothing to do. */
  readonly skipped: boolean;
  readonly rows_added: number;
  readonly rows_removed: number;
  readonly files_added: number;
  readonly files_removed: number;
}

/** A table of another writer, with something that we do not keep. */
interface UnsupportedTable {
  readonly dataset: string;
  readonly reason: string;
}

/** What an operation made of many tables, and which it left to those who wrote them. */
interface Outcome<T> {
  readonly done: readonly T[];
  readonly unsupported: readonly UnsupportedTable[];
}

interface ManyTables<T> {
  readonly tables: readonly T[];
  readonly unsupported: readonly UnsupportedTable[];
  readonly skipped: boolean;
}

type TableWork<T> = (table: string, info: ChangeRequest['info']) => Promise<T>;

/** Keeps tables small, quick and right: by pipelines at night, or as jobs that somebody asked for. */
@Injectable()
export class TableOperationsService {
  constructor(
    private readonly delta: DeltaService,
    private readonly lake: LakeService,
    private readonly catalog: CatalogService,
  ) {}

  /** Makes few large files of many small ones; the rows stay the same. */
  @Task('operations.optimize', OptimizeOptions)
  async optimize({ datasets, target_mb, sort_by }: OptimizeOptions, run: TaskRun): Promise<ManyTables<TableChange>> {
    const outcome = await this.each(datasets, run, (table, info) =>
      this.delta.optimize(table, { targetBytes: target_mb * MB, sortBy: sort_by, info, signal: run.signal }),
    );
    return summary(outcome, toChange);
  }

  /** Removes files that no version within the retention reads. A dry run says which. */
  @Task('operations.vacuum', VacuumOptions)
  async vacuum({ datasets, retention_hours: retentionHours, force, dry_run: dryRun }: VacuumOptions, run: TaskRun) {
    const outcome = await this.each(datasets, run, (table, info) =>
      this.delta.vacuum(table, { retentionHours, force, dryRun, info, signal: run.signal }),
    );
    for (const { table, files, bytes } of outcome.done) {
      run.log.info(`${table}: ${files.length} files, ${bytes} bytes ${dryRun ? 'would go' : 'removed'}`);
    }
    return { ...summary(outcome, toVacuumed), dry_run: dryRun };
  }

  /** Removes what logs hold of versions that are too old to be asked for. */
  @Task('operations.clean_log', CleanLogOptions)
  async cleanLog({ datasets }: CleanLogOptions, run: TaskRun) {
    return summary(await this.each(datasets, run, (table) => this.delta.cleanLog(table)), toCleaned);
  }

  /** Makes a table what it was, as a new version. */
  @Task('operations.restore', RestoreOptions)
  async restore({ dataset, version, timestamp }: RestoreOptions, run: TaskRun): Promise<TableChange> {
    const at = version === undefined ? { timestamp: new Date(timestamp!) } : { version };
    return toChange(await this.one(dataset, run, (request) => this.delta.restore(dataset, at, request)));
  }

  @Task('operations.delete_rows', DeleteRowsOptions)
  async deleteRows({ dataset, where }: DeleteRowsOptions, run: TaskRun): Promise<TableChange> {
    return toChange(await this.one(dataset, run, (request) => this.delta.delete(dataset, { ...request, where: { sql: where } })));
  }

  @Task('operations.update_rows', UpdateRowsOptions)
  async updateRows({ dataset, set, where }: UpdateRowsOptions, run: TaskRun): Promise<TableChange> {
    const condition = where === undefined ? undefined : { sql: where };
    return toChange(await this.one(dataset, run, (request) => this.delta.update(dataset, { ...request, set, where: condition })));
  }

  /** A task that is carried out again after a crash finds its change by the transaction, and does not make it twice. */
  private async one(dataset: string, run: TaskRun, make: (request: ChangeRequest) => Promise<Commit>): Promise<Commit> {
    await this.catalog.find(dataset);
    const txn = { appId: `operations:${run.runId}:${run.task}`, version: 1 };
    const commit = await this.lake.change(dataset, run.runId, (info) => make({ info, txn, signal: run.signal }));
    run.log.info(
      `${dataset}: ${commit.skipped ? 'nothing had to change' : `${commit.operation} made version ${commit.version}`}`,
    );
    return commit;
  }

  /**
   * One table that fails keeps no other from its turn. Of the whole lake, those are left out that we do not know how to write.
   * @throws {TablesFailedError} at the end; of a single table what it failed with
   */
  private async each<T>(datasets: readonly string[] | undefined, run: TaskRun, work: TableWork<T>): Promise<Outcome<T>> {
    for (const dataset of datasets ?? []) await this.catalog.find(dataset);
    const tables = datasets ?? (await this.delta.tables()).filter((table) => DATASET.test(table));
    const done: T[] = [];
    const unsupported: UnsupportedTable[] = [];
    const failures = new Map<string, string>();
    for (const [index, table] of tables.entries()) {
      run.progress(index / tables.length, table);
      try {
        run.signal.throwIfAborted();
        done.push(await this.lake.change(table, run.runId, (info) => work(table, info)));
      } catch (error) {
        run.signal.throwIfAborted();
        if (datasets?.length === 1) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        run.log.warn(`${table} is passed over: ${reason}`);
        if (!datasets && error instanceof UnsupportedFeatureError) unsupported.push({ dataset: table, reason });
        else failures.set(table, reason);
      }
    }
    if (failures.size > 0) throw new TablesFailedError(failures, tables.length);
    return { done, unsupported };
  }
}

const toChange = ({ table, version, skipped, ...commit }: Commit): TableChange => ({
  ...{ dataset: table, version, skipped },
  ...{ rows_added: commit.rowsAdded, rows_removed: commit.rowsRemoved },
  ...{ files_added: commit.filesAdded, files_removed: commit.filesRemoved },
});

const toVacuumed = ({ table, files, bytes, retentionHours }: Vacuumed) => ({
  dataset: table,
  files: files.length,
  bytes,
  retention_hours: retentionHours,
  skipped: files.length === 0,
});

const toCleaned = ({ table, files, bytes, oldestVersion }: CleanedLog) => ({
  dataset: table,
  files,
  bytes,
  oldest_version: oldestVersion,
  skipped: files === 0,
});

function summary<T, S extends { readonly skipped: boolean }>(
  { done, unsupported }: Outcome<T>,
  show: (table: T) => S,
): ManyTables<S> {
  const tables = done.map(show);
  return { tables, unsupported, skipped: tables.every(({ skipped }) => skipped) };
}
