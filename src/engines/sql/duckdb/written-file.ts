import type { Column, ColumnStatistics, WrittenFile } from '../sql.port.js';

/** DuckDB cuts texts at 256 bytes, or up to three before where a character would be torn, and rounds the maximum up. */
const MAYBE_CUT_BYTES = 253;

/** A row of what COPY … RETURN_STATS gives, the maps as objects. */
export interface CopiedFile {
  readonly filename: string;
  readonly count: bigint;
  readonly file_size_bytes: bigint;
  readonly column_statistics: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly partition_keys: Readonly<Record<string, string | null>> | null;
}

export function writtenFile(copied: CopiedFile, columns: readonly Column[]): WrittenFile {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const statistics: [string, ColumnStatistics][] = [];
  for (const [path, known] of Object.entries(copied.column_statistics)) {
    const name = topLevelName(path);
    // Of types whose values it does not count, such as INTERVAL, it knows no nulls either.
    if (name === undefined || BigInt(known.num_values) !== copied.count) continue;
    statistics.push([name, columnStatistics(known, types.get(name))]);
  }
  return {
    file: copied.filename,
    rows: Number(copied.count),
    bytes: Number(copied.file_size_bytes),
    statistics: Object.fromEntries(statistics),
    partition: copied.partition_keys ?? {},
  };
}

/** @returns undefined for a leaf of a nested column, whose path has several quoted parts */
function topLevelName(path: string): string | undefined {
  const [, name] = /^"((?:[^"]|"")*)"$/.exec(path) ?? [];
  return name?.replaceAll('""', '"');
}

function columnStatistics(known: Readonly<Record<string, string>>, type: string | undefined): ColumnStatistics {
  const [min, max] = [bound(known.min, type), bound(known.max, type)];
  return {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    nulls: Number(known.null_count),
    hasNan: known.has_nan === 'true',
  };
}

function bound(value: string | undefined, type: string | undefined): string | undefined {
  if (value === undefined || type === 'BLOB') return undefined;
  if (type === 'BOOLEAN') return value === '1' ? 'true' : 'false';
  return Buffer.byteLength(value) < MAYBE_CUT_BYTES ? value : undefined;
}
