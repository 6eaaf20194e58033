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
/** What the file systems of Linux and macOS take. */
const MOST_NAME_BYTES = 255;

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
 * @throws {InvalidDivisionError} when there are too many, or one has a name that is too long
 */
export async function* hiveEntries({ sql, storage }: Engines, dataset: Relation, options: HiveOptions): AsyncGenerator<TarEntry> {
  const { division, format, signal, root, modifiedAt } = options;
  const tables = { dataset };
  await refuseImpossible(sql, { division, tables }, signal);
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

/** How many folders there would be, and how long the longest name that each column gives them. */
function partsOf(division: Division): string {
  const lengths = division.map((name, index) => `max(length(url_encode(CAST(${quoted(name)} AS VARCHAR)))) AS c${index}`);
  const parts = `SELECT DISTINCT ${division.map(quoted).join(', ')} FROM dataset LIMIT ${MOST_PARTS + 1}`;
  return `SELECT count(*) AS parts, ${lengths.join(', ')} FROM (${parts})`;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

async function refuseImpossible(
  sql: SqlEngine,
  { division, tables }: { division: Division; tables: Query['tables'] },
  signal: AbortSignal,
): Promise<void> {
  const [{ parts, ...lengths }] = await sql.rows({ sql: partsOf(division), tables }, { signal });
  if (Number(parts) > MOST_PARTS) {
    throw new InvalidDivisionError(`There would be more than ${MOST_PARTS} folders. Divide by columns with fewer values.`);
  }
  const long = division.find(
    (name, index) => `${encodeURIComponent(name)}=`.length + Number(lengths[`c${index}`]) > MOST_NAME_BYTES,
  );
  if (long === undefined) return;
  throw new InvalidDivisionError(
    `Column "${long}" has a value that is too long for the name of a folder (${MOST_NAME_BYTES} bytes). Divide by other columns.`,
  );
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
