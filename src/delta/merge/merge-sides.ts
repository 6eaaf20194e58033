import type { Relation } from '../../engines/sql/sql.port.js';
import type { LakeStorage } from '../../engines/storage/storage.port.js';
import type { AddFile } from '../log/action.js';
import { columnsOf } from '../schema/table-schema.js';
import { type LocalFile, localFiles, relationOfFiles } from '../table-relation.js';
import type { FullBase } from '../write/basis.js';
import type { FileStaging, StagedRows } from '../write/file-staging.js';
import type { ReadClauses } from './merge-clauses.js';

/** Columns beside those of a table and a source. */
export const FILE = '_file_of_row';
export const ROW = '_row_of_file';
export const SOURCE_ROW = '_row_of_source';
export const CLAUSE = '_clause_of_row';

/** A file of the table that may hold rows which the merge is about. */
export interface Candidate {
  readonly add: AddFile;
  readonly local: LocalFile;
}

/** What is merged into what, and how. */
export interface MergeSides {
  readonly base: FullBase;
  readonly staging: FileStaging;
  readonly candidates: readonly Candidate[];
  /** In one file, so that the place of a row in it says which row it is. */
  readonly source: StagedRows;
  readonly keys: readonly string[];
  readonly condition?: string;
  readonly clauses: ReadClauses;
}

export async function candidatesOf(
  storage: LakeStorage,
  { table, files, snapshot }: FullBase,
  mayHold: (file: AddFile) => boolean,
): Promise<Candidate[]> {
  const indexes = [...files.keys()].filter((index) => mayHold(files[index]));
  const local = await localFiles(
    table,
    indexes.map((index) => snapshot.files[index]),
    storage,
  );
  return indexes.map((index, at) => ({ add: files[index], local: local[at] }));
}

/** Rows of the table with the file and the place that each is from. */
export function targetOf({ base }: MergeSides, files: readonly Candidate[]): Relation {
  const { table, fields, metadata } = base;
  const shape = { table, columns: columnsOf(fields), partitionColumns: metadata.partitionColumns };
  return relationOfFiles(
    shape,
    files.map(({ local }) => local),
    { fileColumn: FILE, rowColumn: ROW },
  );
}

/** Rows of the source with their numbers. */
export const sourceOf = ({ staging, source }: MergeSides): Relation => staging.relation(source, { rowColumn: SOURCE_ROW });
