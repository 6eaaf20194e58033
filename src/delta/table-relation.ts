import { fileURLToPath } from 'node:url';
import type { Column, Relation } from '../engines/sql/sql.port.js';
import type { LakeStorage } from '../engines/storage/storage.port.js';
import { UnsupportedFeatureError } from './delta.errors.js';
import type { DataFile, Snapshot } from './delta.types.js';
import type { PartitionValues } from './schema/partition-values.js';
import { quoteIdentifier } from './schema/sql-type.js';

const FILES_AT_ONCE = 32;

type Shape = Pick<Snapshot, 'table' | 'columns' | 'partitionColumns'>;

interface LocalFile {
  readonly file: string;
  readonly partitionValues: PartitionValues;
}

/** @returns the files of a snapshot on this machine, as one table with the snapshot's columns */
export async function relationOf(snapshot: Snapshot, storage: LakeStorage): Promise<Relation> {
  const local = await localFiles(snapshot.table, snapshot.files, storage);
  return relationOfFiles(snapshot, local);
}

/** @param fileColumn a further column of this name says which of the files a row is from */
export function relationOfFiles(shape: Shape, files: readonly LocalFile[], fileColumn?: string): Relation {
  if (shape.partitionColumns.length > 0 && files.length > 0) return partitioned(shape, files, fileColumn);
  return {
    ...{ format: 'parquet', files: files.map(({ file }) => file), columns: plain(shape.columns) },
    ...(fileColumn === undefined ? {} : { fileColumn }),
  };
}

/** @returns for each file of the snapshot where it lies on this machine, in the same order */
export async function localFiles(table: string, files: readonly DataFile[], storage: LakeStorage): Promise<LocalFile[]> {
  const local: LocalFile[] = [];
  for (let from = 0; from < files.length; from += FILES_AT_ONCE) {
    const some = files.slice(from, from + FILES_AT_ONCE);
    local.push(
      ...(await Promise.all(
        some.map(async ({ path, partitionValues }) => ({ file: await localFile(table, path, storage), partitionValues })),
      )),
    );
  }
  return local;
}

/** The values of partition columns stand in the log alone: each partition is read on its own, with its values beside it. */
function partitioned(shape: Shape, files: readonly LocalFile[], fileColumn: string | undefined): Relation {
  const { table, columns, partitionColumns } = shape;
  const isPartition = (name: string): boolean => partitionColumns.includes(name);
  const inFiles = plain(columns.filter(({ name }) => !isPartition(name)));
  const partitions = Map.groupBy(files, ({ partitionValues }) =>
    JSON.stringify(partitionColumns.map((name) => partitionValues[name])),
  );
  const tables: Record<string, Relation> = {};
  const selects = Array.from(partitions.values(), (members, partition) => {
    const source = { format: 'parquet' as const, files: members.map(({ file }) => file), columns: inFiles };
    tables[`partition_${partition}`] = fileColumn === undefined ? source : { ...source, fileColumn };
    const values = members[0].partitionValues;
    const select = columns.map(
      ({ name, type }) => (isPartition(name) ? partitionLiteral(table, type, values[name]) : '') + quoteIdentifier(name),
    );
    if (fileColumn !== undefined) select.push(quoteIdentifier(fileColumn));
    return `SELECT ${select.join(', ')} FROM partition_${partition}`;
  });
  return { format: 'view', query: { sql: selects.join('\nUNION ALL\n'), tables } };
}

/** Delta protocol, "Partition Value Serialization": empty text is a missing value, whatever the type. */
function partitionLiteral(table: string, type: string, value: string | null | undefined): string {
  if (type === 'BLOB') throw new UnsupportedFeatureError(table, 'read', ['a partition column of the type binary']);
  const literal = value ? `'${value.replaceAll("'", "''")}'` : 'NULL';
  return `CAST(${literal} AS ${type}) AS `;
}

async function localFile(table: string, path: string, storage: LakeStorage): Promise<string> {
  if (path.startsWith('file:')) return fileURLToPath(path);
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) {
    throw new UnsupportedFeatureError(table, 'read', [`the file ${path} outside of the lake`]);
  }
  return storage.localFile(path);
}

const plain = (columns: readonly Column[]): Column[] => columns.map(({ name, type }) => ({ name, type }));
