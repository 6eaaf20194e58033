import { randomUUID } from 'node:crypto';
import { DividingValueError } from '../../engines/sql/sql.errors.js';
import type { Query, Relation, SqlEngine, WrittenFile } from '../../engines/sql/sql.port.js';
import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { InvalidPartitionValueError, NullNotAllowedError } from '../delta.errors.js';
import type { ChangeRequest } from '../delta.types.js';
import type { AddFile } from '../log/action.js';
import type { StructField } from '../schema/delta-type.js';
import { fileStatistics } from '../schema/file-statistics.js';
import { partitionFolder, partitionValue, type PartitionValues } from '../schema/partition-values.js';
import type { RowRule } from '../schema/row-rules.js';
import { castTo, columnsOf } from '../schema/table-schema.js';
import { type Origin, relationOfFiles } from '../table-relation.js';
import { refuseBrokenRules } from './rule-check.js';

/** The columns that files have, which of them divide the rows, and what is true for every row. */
export interface Layout {
  readonly fields: readonly StructField[];
  readonly partitionColumns: readonly string[];
  readonly rules?: readonly RowRule[];
}

export interface StagedFile {
  readonly written: WrittenFile;
  readonly partitionValues: PartitionValues;
}

/** The result of a query as Parquet files that no table has yet. */
export interface StagedRows {
  readonly layout: Layout;
  /** None without rows. */
  readonly files: readonly StagedFile[];
  readonly rows: number;
}

/** How the files of a change are written and named in its commit. */
export interface Writing {
  /** False for rows that the table had before. */
  readonly dataChange?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Writes the new files of one change: first where nobody looks, then into the table's folder. */
export class FileStaging {
  private readonly folders: string[] = [];
  private readonly adopted: string[] = [];

  constructor(
    private readonly storage: LakeStorage,
    readonly sql: SqlEngine,
    private readonly target: { readonly table: string; readonly folder: string },
    readonly request: Pick<ChangeRequest, 'signal' | 'onProgress'>,
  ) {}

  /**
   * Runs a query and keeps its result in the columns of the layout; a column that the query has not is NULL.
   * @param oneFile with the rows in their order
   */
  async stage(query: Query, layout: Layout, oneFile = false): Promise<StagedRows> {
    const { fields, partitionColumns: partitionBy } = layout;
    const folder = await this.storage.stage();
    this.folders.push(folder);
    const { signal, onProgress } = this.request;
    const cast = castTo(fields, query, await this.sql.describe(query));
    const materialised = await this.sql
      .materialise(cast, folder, { signal, onProgress, partitionBy, oneFile })
      .catch((error: unknown) => {
        throw error instanceof DividingValueError ? new InvalidPartitionValueError(this.target.table) : error;
      });
    const files = materialised.files.filter((file) => file.rows > 0).map((written) => staged(written, layout));
    const rows = { layout, files, rows: materialised.rows };
    this.refuseNulls(rows);
    return rows;
  }

  /** @throws {RowRuleError} with how many of the rows break which rule of the layout */
  async check(rows: StagedRows): Promise<void> {
    const { rules = [] } = rows.layout;
    if (rules.length > 0 && rows.rows > 0) await refuseBrokenRules(this.sql, this.target.table, rules, this.relation(rows));
  }

  relation({ files, layout: { fields, partitionColumns } }: StagedRows, origin?: Origin): Relation {
    const given = files.map(({ written, partitionValues }) => ({ file: written.file, partitionValues }));
    return relationOfFiles({ table: this.target.table, columns: columnsOf(fields), partitionColumns }, given, origin);
  }

  /** Moves the files to their place, where nobody reads them before a commit names them. */
  async adopt({ files, layout }: StagedRows, { dataChange = true, tags }: Writing = {}): Promise<AddFile[]> {
    const modificationTime = Date.now();
    const stored = layout.fields.filter(({ name }) => !layout.partitionColumns.includes(name));
    const adds = files.map(({ written, partitionValues }, index) => {
      const name = `part-${String(index).padStart(5, '0')}-${randomUUID()}.zstd.parquet`;
      const path = partitionFolder(layout.partitionColumns, partitionValues) + name;
      const add: AddFile = {
        path: path.replaceAll('%', '%25'),
        ...{ partitionValues, size: written.bytes, modificationTime, dataChange },
        stats: fileStatistics(written, stored),
        ...(tags ? { tags } : {}),
      };
      return { file: written.file, path: `${this.target.folder}/${path}`, add };
    });
    this.adopted.push(...adds.map(({ path }) => path));
    // Waits for all of them even when one fails: what arrives after it was abandoned would stay.
    const moved = await Promise.allSettled(adds.map(({ file, path }) => this.storage.adopt(file, path)));
    const failed = moved.find((move) => move.status === 'rejected');
    if (failed) throw failed.reason;
    return adds.map(({ add }) => add);
  }

  /** Removes adopted files that no commit will name. What stays is a file that nobody reads. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.adopted.map((path) => this.storage.remove(path)));
  }

  /** Left-overs go at the next start: failing to remove them must not make a committed change look failed. */
  async close(): Promise<void> {
    await Promise.allSettled(this.folders.map((folder) => this.storage.discard(folder)));
  }

  private refuseNulls({ files, layout: { fields, partitionColumns } }: StagedRows): void {
    for (const { name } of fields.filter(({ nullable }) => !nullable)) {
      const nullsOf = ({ written, partitionValues }: StagedFile): number =>
        partitionColumns.includes(name)
          ? Number(partitionValues[name] === null && written.rows)
          : (written.statistics[name]?.nulls ?? 0);
      const nulls = files.reduce((sum, file) => sum + nullsOf(file), 0);
      if (nulls > 0) throw new NullNotAllowedError(this.target.table, name, nulls);
    }
  }
}

function staged(written: WrittenFile, { fields, partitionColumns }: Layout): StagedFile {
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  const values = partitionColumns.map((name) => [
    name,
    partitionValue(types.get(name) as string, written.partition[name] ?? null),
  ]);
  return { written, partitionValues: Object.fromEntries(values) as PartitionValues };
}
