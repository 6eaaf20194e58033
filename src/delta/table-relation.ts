import { fileURLToPath } from 'node:url';
import type { Column, Relation } from '../engines/sql/sql.port.js';
import { FileNotFoundError } from '../engines/storage/storage.errors.js';
import type { LakeStorage } from '../engines/storage/storage.port.js';
import { deletedRows } from './deletion/deleted-rows.js';
import { UnsupportedFeatureError, VersionVacuumedError } from './delta.errors.js';
import type { DataFile, Snapshot } from './delta.types.js';
import { isOutside } from './log/file-path.js';
import type { PartitionValues } from './schema/partition-values.js';
import { quoteIdentifier } from './schema/sql-type.js';

const FILES_AT_ONCE = 32;
const PLANNED_ONE_BY_ONE = 32;

type Shape = Pick<Snapshot, 'table' | 'columns' | 'partitionColumns' | 'mapping'>;

export interface LocalFile {
  readonly file: string;
  readonly partitionValues: PartitionValues;
  /** Numbers of rows that count as removed. */
  readonly deleted?: readonly number[];
}

/**
 * @returns the files of a snapshot on this machine, as one table with the snapshot's columns
 * @throws {VersionVacuumedError}
 */
export async function relationOf(snapshot: Snapshot, storage: LakeStorage): Promise<Relation> {
  const { table, version, files } = snapshot;
  const local = await localFiles(table, files, storage).catch((error: unknown) => {
    throw error instanceof FileNotFoundError ? new VersionVacuumedError(table, version, 'read', error.path) : error;
  });
  return relationOfFiles(snapshot, local);
}

/** Names of further columns that say from which of the files a row is, and which of its rows, counted from 0. */
export interface Origin {
  readonly fileColumn?: string;
  readonly rowColumn?: string;
}

export function relationOfFiles(shape: Shape, files: readonly LocalFile[], origin: Origin = {}): Relation {
  if (shape.partitionColumns.length > 0 && files.length > 0) return partitioned(shape, files, origin);
  // Of no file at all the partition columns are columns as the others.
  return rowsOf({ ...shape, partitionColumns: [] }, files, origin);
}

/** @returns for each file of the snapshot where it lies on this machine, in the same order */
export async function localFiles(table: string, files: readonly DataFile[], storage: LakeStorage): Promise<LocalFile[]> {
  const local: LocalFile[] = [];
  for (let from = 0; from < files.length; from += FILES_AT_ONCE) {
    const some = files.slice(from, from + FILES_AT_ONCE);
    local.push(
      ...(await Promise.all(
        some.map(async ({ path, partitionValues, deletionVector }) => ({
          ...{ file: await localFile(table, path, storage), partitionValues },
          ...(deletionVector === undefined ? {} : { deleted: await deletedRows(storage, path, deletionVector) }),
        })),
      )),
    );
  }
  return local;
}

/** The values of partition columns stand in the log alone: they are put beside the rows of the files. */
function partitioned(shape: Shape, files: readonly LocalFile[], origin: Origin): Relation {
  const partitions = [...Map.groupBy(files, ({ partitionValues }) => keyOf(shape, partitionValues)).values()];
  // What is planned one by one lets the engine see the values; planning it takes long where there are many.
  return partitions.length > PLANNED_ONE_BY_ONE ? joined(shape, files, origin) : united(shape, partitions, origin);
}

function united(shape: Shape, partitions: readonly LocalFile[][], origin: Origin): Relation {
  const tables: Record<string, Relation> = {};
  const selects = partitions.map((members, partition) => {
    tables[`partition_${partition}`] = rowsOf(shape, members, origin);
    const values = members[0].partitionValues;
    const select = selected(shape, (name) => literal(values[name]), origin);
    return `SELECT ${select} FROM partition_${partition} AS f`;
  });
  return { format: 'view', query: { sql: selects.join('\nUNION ALL\n'), tables } };
}

function joined(shape: Shape, files: readonly LocalFile[], origin: Origin): Relation {
  const values = files.map(({ file, partitionValues }) =>
    [literal(file), ...shape.partitionColumns.map((name) => literal(partitionValues[name]))].join(', '),
  );
  const names = shape.partitionColumns.map((_, index) => `value_${index}`);
  const select = selected(shape, (name) => `v.value_${shape.partitionColumns.indexOf(name)}`, origin);
  const { fileColumn = '_file_of_row' } = origin;
  const sql =
    `SELECT ${select} FROM files AS f JOIN (VALUES (${values.join('), (')})) AS v(${['file', ...names].join(', ')}) ` +
    `ON f.${quoteIdentifier(fileColumn)} = v.file`;
  return { format: 'view', query: { sql, tables: { files: rowsOf(shape, files, { ...origin, fileColumn }) } } };
}

/** The rows of files with those of the table's columns that stand in them. */
function rowsOf(shape: Shape, files: readonly LocalFile[], origin: Origin): Relation {
  const columns = storedColumns(shape);
  const { mapping } = shape;
  if (!mapping) return livingRows({ columns }, files, origin);
  const held = columns.map(({ name }) => mapping[name]);
  const ids = held.flatMap(({ id }) => id ?? []);
  const select = [
    ...columns.map(({ name }) => `${mapping[name].value} AS ${quoteIdentifier(name)}`),
    ...Object.values(origin).map((name: string) => `f.${quoteIdentifier(name)}`),
  ];
  const stored = { columns: plain(held), ...(ids.length > 0 ? { fieldIds: ids } : {}) };
  const tables = { files: livingRows(stored, files, origin) };
  return { format: 'view', query: { sql: `SELECT ${select.join(', ')} FROM files AS f`, tables } };
}

/** The rows of files without those that count as removed. */
function livingRows(
  stored: { readonly columns: readonly Column[]; readonly fieldIds?: readonly number[] },
  files: readonly LocalFile[],
  origin: Origin,
): Relation {
  const { columns } = stored;
  const relation = { format: 'parquet' as const, files: files.map(({ file }) => file), ...stored };
  if (files.every(({ deleted }) => deleted === undefined)) return { ...relation, ...origin };
  const { fileColumn = '_file_of_row', rowColumn = '_row_of_file' } = origin;
  // As text: an engine reads a literal of a million numbers faster than a million literals.
  const lists = files.flatMap(({ file, deleted }) => (deleted ? [`(${literal(file)}, '[${deleted.join(',')}]')`] : []));
  const names = [
    ...columns.map(({ name }) => name),
    ...[origin.fileColumn, origin.rowColumn].filter((name) => name !== undefined),
  ];
  const sql =
    `SELECT ${names.map((name) => `f.${quoteIdentifier(name)}`).join(', ')} FROM files AS f ANTI JOIN ` +
    `(SELECT file, unnest(CAST(list AS BIGINT[])) AS row FROM (VALUES ${lists.join(', ')}) AS v(file, list)) AS d ` +
    `ON f.${quoteIdentifier(rowColumn)} = d.row AND f.${quoteIdentifier(fileColumn)} = d.file`;
  return { format: 'view', query: { sql, tables: { files: { ...relation, fileColumn, rowColumn } } } };
}

/** @param value the text of a partition column, as SQL; all others are those of `f` */
function selected(shape: Shape, value: (name: string) => string, { fileColumn, rowColumn }: Origin): string {
  const columns = shape.columns.map(({ name, type }) => {
    if (!shape.partitionColumns.includes(name)) return `f.${quoteIdentifier(name)}`;
    if (type === 'BLOB') throw new UnsupportedFeatureError(shape.table, 'read', ['a partition column of the type binary']);
    return `CAST(${value(name)} AS ${type}) AS ${quoteIdentifier(name)}`;
  });
  const origins = [fileColumn, rowColumn].filter((name) => name !== undefined);
  return [...columns, ...origins.map((name) => `f.${quoteIdentifier(name)}`)].join(', ');
}

const keyOf = ({ partitionColumns }: Shape, values: PartitionValues): string =>
  JSON.stringify(partitionColumns.map((name) => values[name]));

const storedColumns = ({ columns, partitionColumns }: Shape): Column[] =>
  plain(columns.filter(({ name }) => !partitionColumns.includes(name)));

/** Delta protocol, "Partition Value Serialization": empty text is a missing value, whatever the type. */
const literal = (value: string | null | undefined): string => (value ? `'${value.replaceAll("'", "''")}'` : 'NULL');

async function localFile(table: string, path: string, storage: LakeStorage): Promise<string> {
  if (path.startsWith('file:')) return fileURLToPath(path);
  if (isOutside(path)) {
    throw new UnsupportedFeatureError(table, 'read', [`the file ${path} outside of the lake`]);
  }
  return storage.localFile(path);
}

const plain = (columns: readonly Column[]): Column[] => columns.map(({ name, type }) => ({ name, type }));
