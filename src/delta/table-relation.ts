import { fileURLToPath } from 'node:url';
import type { Column, Relation } from '../engines/sql/sql.port.js';
import type { LakeStorage } from '../engines/storage/storage.port.js';
import { UnsupportedFeatureError } from './delta.errors.js';
import type { DataFile, Snapshot } from './delta.types.js';
import { quoteIdentifier } from './schema/sql-type.js';

const FILES_AT_ONCE = 32;

/** @returns the files of a snapshot on this machine, as one table with the snapshot's columns */
export async function relationOf(snapshot: Snapshot, storage: LakeStorage): Promise<Relation> {
  const { table, columns, partitionColumns, files } = snapshot;
  const local = await localFiles(table, files, storage);
  if (partitionColumns.length === 0 || files.length === 0) return { format: 'parquet', files: local, columns: plain(columns) };
  return partitioned(snapshot, local);
}

/** The values of partition columns stand in the log alone: each partition is read on its own, with its values beside it. */
function partitioned({ table, columns, partitionColumns, files }: Snapshot, local: readonly string[]): Relation {
  const isPartition = (name: string): boolean => partitionColumns.includes(name);
  const inFiles = plain(columns.filter(({ name }) => !isPartition(name)));
  const partitions = Map.groupBy(files.keys(), (index) =>
    JSON.stringify(partitionColumns.map((name) => files[index].partitionValues[name])),
  );
  const tables: Record<string, Relation> = {};
  const selects = Array.from(partitions.values(), (members, partition) => {
    tables[`partition_${partition}`] = { format: 'parquet', files: members.map((index) => local[index]), columns: inFiles };
    const values = files[members[0]].partitionValues;
    const select = columns.map(
      ({ name, type }) => (isPartition(name) ? partitionValue(table, type, values[name]) : '') + quoteIdentifier(name),
    );
    return `SELECT ${select.join(', ')} FROM partition_${partition}`;
  });
  return { format: 'view', query: { sql: selects.join('\nUNION ALL\n'), tables } };
}

/** Delta protocol, "Partition Value Serialization": empty text is a missing value, whatever the type. */
function partitionValue(table: string, type: string, value: string | null | undefined): string {
  if (type === 'BLOB') throw new UnsupportedFeatureError(table, 'read', ['a partition column of the type binary']);
  const literal = value ? `'${value.replaceAll("'", "''")}'` : 'NULL';
  return `CAST(${literal} AS ${type}) AS `;
}

async function localFiles(table: string, files: readonly DataFile[], storage: LakeStorage): Promise<string[]> {
  const local: string[] = [];
  for (let from = 0; from < files.length; from += FILES_AT_ONCE) {
    local.push(
      ...(await Promise.all(files.slice(from, from + FILES_AT_ONCE).map(({ path }) => localFile(table, path, storage)))),
    );
  }
  return local;
}

async function localFile(table: string, path: string, storage: LakeStorage): Promise<string> {
  if (path.startsWith('file:')) return fileURLToPath(path);
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) {
    throw new UnsupportedFeatureError(table, 'read', [`the file ${path} outside of the lake`]);
  }
  return storage.localFile(path);
}

const plain = (columns: readonly Column[]): Column[] => columns.map(({ name, type }) => ({ name, type }));
