import { randomUUID } from 'node:crypto';
import type { Column, Query, Relation, SqlEngine, WrittenFile } from '../../engines/sql/sql.port.js';
import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { NullNotAllowedError } from '../delta.errors.js';
import type { WriteRequest } from '../delta.types.js';
import type { AddFile } from '../log/action.js';
import type { StructField } from '../schema/delta-type.js';
import { fileStatistics } from '../schema/file-statistics.js';
import { castTo, columnsOf, fieldsFrom, refuseMisfits } from '../schema/table-schema.js';

/** The result of a write's query as Parquet files that no table has yet. */
export interface StagedRows {
  readonly fields: readonly StructField[];
  /** None without rows. */
  readonly files: readonly WrittenFile[];
  readonly rows: number;
}

/** Where a write puts its rows: the table's name and folder, and its columns when it is there already. */
export interface Target {
  readonly table: string;
  readonly folder: string;
  readonly fields: readonly StructField[] | undefined;
}

/** Runs a write's query, and brings its files into the table's folder. */
export class RowStaging {
  private readonly folders: string[] = [];

  constructor(
    private readonly storage: LakeStorage,
    private readonly sql: SqlEngine,
    private readonly target: Target,
    private readonly request: WriteRequest,
  ) {}

  /**
   * Runs the query, lets the request inspect the result, and hands what is to be committed to `use`. The staged files are
   * gone afterwards, unless they were adopted.
   */
  async with<T>(use: (rows: StagedRows) => Promise<T>): Promise<T> {
    try {
      const candidate = await this.stage(this.request.query);
      const replacement = await this.inspect(candidate);
      return await use(replacement ? await this.stage(replacement) : candidate);
    } finally {
      // Left-overs go at the next start: failing to remove them must not make a committed write look failed.
      await Promise.allSettled(this.folders.map((folder) => this.storage.discard(folder)));
    }
  }

  /** Moves the files to their place, where nobody reads them before a commit names them. */
  async adopt({ files, fields }: StagedRows): Promise<AddFile[]> {
    const modificationTime = Date.now();
    const adds = files.map((file, index) => ({
      file,
      add: {
        path: `part-${String(index).padStart(5, '0')}-${randomUUID()}.zstd.parquet`,
        partitionValues: {},
        size: file.bytes,
        modificationTime,
        dataChange: true,
        stats: fileStatistics(file, fields),
      },
    }));
    try {
      await Promise.all(adds.map(({ file, add }) => this.storage.adopt(file.file, this.pathOf(add))));
    } catch (error) {
      await this.abandon(adds.map(({ add }) => add));
      throw error;
    }
    return adds.map(({ add }) => add);
  }

  /** Removes adopted files that no commit will name. What stays is a file that nobody reads. */
  async abandon(adds: readonly AddFile[]): Promise<void> {
    await Promise.allSettled(adds.map((add) => this.storage.remove(this.pathOf(add))));
  }

  private async stage(query: Query): Promise<StagedRows> {
    const columns = await this.sql.describe(query);
    const fields = this.fieldsFor(columns);
    const folder = await this.storage.stage();
    this.folders.push(folder);
    const { signal, onProgress } = this.request;
    const { files, rows } = await this.sql.materialise(castTo(fields, query, columns), folder, { signal, onProgress });
    this.refuseNulls(files, fields);
    return { fields, files: files.filter((file) => file.rows > 0), rows };
  }

  private fieldsFor(columns: readonly Column[]): readonly StructField[] {
    const { table, fields } = this.target;
    if (this.request.mode === 'overwrite' || !fields) return fieldsFrom(table, columns, fields);
    refuseMisfits(table, columns, fields);
    return fields;
  }

  private async inspect({ files, fields, rows }: StagedRows): Promise<Query | undefined> {
    const relation: Relation = { format: 'parquet', files: files.map(({ file }) => file), columns: columnsOf(fields) };
    const query = await this.request.inspect?.({ relation, rows });
    return query && { ...query, tables: { ...query.tables, candidate: relation } };
  }

  private refuseNulls(files: readonly WrittenFile[], fields: readonly StructField[]): void {
    for (const { name } of fields.filter(({ nullable }) => !nullable)) {
      const nulls = files.reduce((sum, { statistics }) => sum + (statistics[name]?.nulls ?? 0), 0);
      if (nulls > 0) throw new NullNotAllowedError(this.target.table, name, nulls);
    }
  }

  private pathOf({ path }: AddFile): string {
    return `${this.target.folder}/${path}`;
  }
}
