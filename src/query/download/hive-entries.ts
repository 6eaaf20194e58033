import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Column, Query, Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { toCsv } from '../formats/csv.js';
import { toJson } from '../formats/json.js';
import type { RowSource } from '../formats/row-source.js';
import type { Division } from './division.js';
import { InvalidDivisionError } from './download.errors.js';
import type { DownloadFormat } from './download.schema.js';
import type { TarEntry } from './tar.js';

/** Each is a folder, a file and for a moment an open file. */
const MOST_PARTS = 10_000;

interface HiveOptions {
  readonly division: Division;
  readonly format: DownloadFormat;
  readonly signal: AbortSignal;
  /** The folder that holds the others. */
  readonly root: string;
  readonly modifiedAt: Date;
}

interface Engines {
  readonly sql: SqlEngine;
  readonly storage: LakeStorage;
}

/**
 * A table as files in folders such as `origin=SFO`, as Hive, Spark and DuckDB read them: what a folder says is not in its file.
 * Nothing of it stays on this machine.
 * @throws {InvalidDivisionError} when there are too many
 */
export async function* hiveEntries({ sql, storage }: Engines, dataset: Relation, options: HiveOptions): AsyncGenerator<TarEntry> {
  const { division, format, signal, root, modifiedAt } = options;
  const tables = { dataset };
  await refuseTooMany(sql, { sql: partsOf(division), tables }, signal);
  const folder = await storage.stage();
  try {
    const { files } = await sql.materialise({ sql: 'SELECT * FROM dataset', tables }, folder, { signal, partitionBy: division });
    for (const [index, { file: written }] of files.entries()) {
      const file = format === 'parquet' ? written : await rewritten(sql, written, format, signal);
      const place = relative(folder, dirname(written)).split(sep).join('/');
      yield {
        name: `${root}/${place}/part-${index}.${format}`,
        bytes: (await stat(file)).size,
        modifiedAt,
        read: () => createReadStream(file, { signal }),
      };
      await rm(file);
    }
  } finally {
    await storage.discard(folder);
  }
}

const partsOf = (division: Division): string =>
  `SELECT count(*) AS parts FROM (SELECT DISTINCT ${division.map(quoted).join(', ')} FROM dataset LIMIT ${MOST_PARTS + 1})`;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

async function refuseTooMany(sql: SqlEngine, count: Query, signal: AbortSignal): Promise<void> {
  const [{ parts }] = await sql.rows(count, { signal });
  if (Number(parts) <= MOST_PARTS) return;
  throw new InvalidDivisionError(`There would be more than ${MOST_PARTS} folders. Divide by columns with fewer values.`);
}

async function rewritten(sql: SqlEngine, parquet: string, format: 'csv' | 'json', signal: AbortSignal): Promise<string> {
  const tables = { part: { format: 'parquet', files: [parquet] } } as const;
  const columns: readonly Column[] = await sql.describe({ sql: 'SELECT * FROM part', tables });
  const read: RowSource['read'] = (select = '*') => sql.read({ sql: `SELECT ${select} FROM part`, tables }, { signal });
  const file = join(dirname(parquet), `rows.${format}`);
  const text = format === 'csv' ? toCsv({ columns, read }) : toJson({ columns, read });
  await pipeline(Readable.from(text), createWriteStream(file), { signal });
  await rm(parquet);
  return file;
}
