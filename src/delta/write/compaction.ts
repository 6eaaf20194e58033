import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { InvalidChangeError, SchemaMismatchError } from '../delta.errors.js';
import type { OptimizeRequest } from '../delta.types.js';
import type { AddFile } from '../log/action.js';
import { liveRows, type TableState } from '../log/table-state.js';
import { fileFilter } from '../pruning/file-filter.js';
import { quoteIdentifier } from '../schema/sql-type.js';
import { columnsOf } from '../schema/table-schema.js';
import { localFiles, relationOfFiles } from '../table-relation.js';
import { type FullBase, fullBaseOf } from './basis.js';
import type { Change } from './change.js';
import type { FileStaging, StagedFile, StagedRows } from './file-staging.js';
import type { Operation } from './operation.js';

const TARGET_BYTES = 128 * 1024 * 1024;
/** A file that is nearly as large as it should be is left alone. */
const SMALL_SHARE = 0.75;
const SORTED_BY = 'lab.sortedBy';

/** Makes few large files of many small ones, each within its partition, with the same rows in them. */
export class Compaction implements Operation<FullBase> {
  private readonly targetBytes: number;
  private readonly sortBy: readonly string[];

  constructor(
    private readonly storage: LakeStorage,
    private readonly table: string,
    private readonly request: OptimizeRequest,
  ) {
    this.targetBytes = request.targetBytes ?? TARGET_BYTES;
    this.sortBy = request.sortBy ?? [];
    if (!Number.isInteger(this.targetBytes) || this.targetBytes < 1) {
      throw new InvalidChangeError('The size that files should have, targetBytes, is a whole number of bytes, at least 1.');
    }
  }

  base(state: TableState | undefined): FullBase {
    return fullBaseOf(this.table, state, this.request);
  }

  async work(base: FullBase, staging: FileStaging): Promise<Change | undefined> {
    this.refuseUnknown(base);
    const groups = this.groups(base, await this.chosen(base, staging));
    if (groups.length === 0) return undefined;
    const adds: AddFile[] = [];
    for (const group of groups) adds.push(...(await this.compact(base, group, staging)));
    const files = groups.flat().map((index) => base.files[index]);
    return {
      ...{ base, operation: 'OPTIMIZE', adds, reads: { files } },
      parameters: { targetSize: String(this.targetBytes), zOrderBy: '[]', sortBy: JSON.stringify(this.sortBy) },
      removals: files.map((file) => ({ file, dataChange: false })),
    };
  }

  private async chosen({ files, fields, metadata }: FullBase, { sql }: FileStaging): Promise<number[]> {
    const { where } = this.request;
    const all = [...files.keys()];
    if (!where) return all;
    const mayHold = fileFilter(await sql.condition(where), fields, metadata.partitionColumns);
    return all.filter((index) => mayHold(files[index]));
  }

  /** @returns indexes of files that become one file, or one sequence of sorted ones */
  private groups({ files, metadata }: FullBase, chosen: readonly number[]): number[][] {
    const partitions = Map.groupBy(chosen, (index) =>
      JSON.stringify(metadata.partitionColumns.map((name) => files[index].partitionValues[name])),
    );
    return [...partitions.values()].flatMap((members) => {
      if (this.sortBy.length > 0 && members.some((index) => !this.isSorted(files[index]))) return [members];
      return this.packed(files, members);
    });
  }

  /** Neighbours in the log go together, so that rows keep their order. */
  private packed(files: readonly AddFile[], members: readonly number[]): number[][] {
    const bins: number[][] = [];
    let room = 0;
    for (const index of members.filter((at) => files[at].size < SMALL_SHARE * this.targetBytes)) {
      const { size } = files[index];
      if (size > room) {
        bins.push([]);
        room = this.targetBytes;
      }
      bins[bins.length - 1].push(index);
      room -= size;
    }
    return bins.filter((bin) => bin.length > 1);
  }

  private async compact(base: FullBase, group: readonly number[], staging: FileStaging): Promise<AddFile[]> {
    const { fields, metadata, files, snapshot } = base;
    const { partitionColumns } = metadata;
    // Within one partition its columns are the same in every row, and no part of the files.
    const stored = fields.filter(({ name }) => !partitionColumns.includes(name));
    const shape = { table: this.table, columns: columnsOf(stored), partitionColumns: [] };
    const local = await localFiles(
      this.table,
      group.map((index) => snapshot.files[index]),
      this.storage,
    );
    const query = { sql: `SELECT * FROM t${this.order(partitionColumns)}`, tables: { t: relationOfFiles(shape, local) } };
    const rows = await this.cut(await staging.stage(query, { fields: stored, partitionColumns: [] }, true), staging);
    const expected = group.map((index) => liveRows(files[index]));
    if (expected.every((count) => count !== undefined) && rows.rows !== expected.reduce((sum, count) => sum + count, 0)) {
      throw new InvalidChangeError(`The files of table "${this.table}" hold other rows than its log says. Nothing was changed.`);
    }
    const { partitionValues } = files[group[0]];
    const placed = {
      ...rows,
      layout: { fields, partitionColumns },
      files: rows.files.map((file) => ({ ...file, partitionValues })),
    };
    const tags = this.sortBy.length > 0 ? { [SORTED_BY]: JSON.stringify(this.sortBy) } : undefined;
    return staging.adopt(placed, { dataChange: false, tags });
  }

  /** Sorted rows may be more than one file should hold: each of several takes the next of them. */
  private async cut(whole: StagedRows, staging: FileStaging): Promise<StagedRows> {
    const bytes = whole.files.reduce((sum, { written }) => sum + written.bytes, 0);
    const count = Math.round(bytes / this.targetBytes);
    if (count < 2) return whole;
    const share = Math.ceil(whole.rows / count);
    const files: StagedFile[] = [];
    for (let from = 0; from < whole.rows; from += share) {
      const slice = { sql: `SELECT * FROM t LIMIT ${share} OFFSET ${from}`, tables: { t: staging.relation(whole) } };
      files.push(...(await staging.stage(slice, whole.layout, true)).files);
    }
    return { ...whole, files };
  }

  private order(partitionColumns: readonly string[]): string {
    const divided = partitionColumns.map((name) => name.toLowerCase());
    const names = this.sortBy.filter((name) => !divided.includes(name.toLowerCase()));
    return names.length > 0 ? ` ORDER BY ${names.map(quoteIdentifier).join(', ')}` : '';
  }

  private isSorted({ tags }: AddFile): boolean {
    return tags?.[SORTED_BY] === JSON.stringify(this.sortBy);
  }

  private refuseUnknown({ fields }: FullBase): void {
    const known = new Set(fields.map(({ name }) => name.toLowerCase()));
    const unknown = this.sortBy.filter((name) => !known.has(name.toLowerCase()));
    if (unknown.length > 0) {
      throw new SchemaMismatchError(
        this.table,
        unknown.map((name) => `it has no column "${name}" to sort by`),
      );
    }
  }
}
