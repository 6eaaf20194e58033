import type { WrittenFile } from '../../engines/sql/sql.port.js';
import { decimalOf, type StructField } from './delta-type.js';

/** As the reference implementation: what stands further right is seldom filtered by. */
const INDEXED_COLUMNS = 32;
/** Characters that are kept of a string's minimum. A longer maximum is left out: its beginning would be too small. */
const STRING_PREFIX = 32;

type Side = 'min' | 'max';

/** What `add.stats` tells of a file. Whoever wrote it: what a field holds is to be looked at. */
export interface FileStatistics {
  readonly numRecords?: unknown;
  readonly minValues?: Readonly<Record<string, unknown>>;
  readonly maxValues?: Readonly<Record<string, unknown>>;
  readonly nullCount?: Readonly<Record<string, unknown>>;
}

/** @param stats JSON text. Nobody needs it to read a table: a broken one is no worse than none */
export function readStatistics(stats: string | undefined): FileStatistics {
  if (stats === undefined) return {};
  try {
    return (JSON.parse(stats) as FileStatistics | null) ?? {};
  } catch {
    return {};
  }
}

/**
 * What readers skip files by, as the JSON text of `add.stats` (Delta protocol, "Per-file Statistics").
 * @param file as the SQL engine wrote it, its statistics by column
 */
export function fileStatistics(file: WrittenFile, fields: readonly StructField[]): string {
  const bounds: Record<Side, string[]> = { min: [], max: [] };
  const nulls: string[] = [];
  for (const { name, type } of fields.slice(0, INDEXED_COLUMNS)) {
    const statistics = Object.hasOwn(file.statistics, name) ? file.statistics[name] : undefined;
    if (typeof type !== 'string' || !statistics) continue;
    const key = JSON.stringify(name);
    nulls.push(`${key}:${statistics.nulls}`);
    if (statistics.hasNan) continue;
    for (const side of ['min', 'max'] as const) {
      const text = statistics[side];
      const value = text === undefined ? undefined : bound(type, text, side);
      if (value !== undefined) bounds[side].push(`${key}:${value}`);
    }
  }
  return `{"numRecords":${file.rows},"minValues":{${bounds.min}},"maxValues":{${bounds.max}},"nullCount":{${nulls}}}`;
}

/** @returns JSON text, so that 64-bit integers and decimals keep every digit; undefined where a bound would be wrong */
function bound(type: string, text: string, side: Side): string | undefined {
  if (decimalOf(type)) return /^-?\d+(\.\d+)?$/.test(text) ? text : undefined;
  switch (type) {
    case 'byte':
    case 'short':
    case 'integer':
    case 'long':
      return /^-?\d+$/.test(text) ? text : undefined;
    case 'float':
    case 'double':
      return Number.isFinite(Number(text)) ? JSON.stringify(Number(text)) : undefined;
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(text) ? JSON.stringify(text) : undefined;
    case 'timestamp':
    case 'timestamp_ntz':
      return timestampBound(type, text, side);
    case 'string':
      return stringBound(text, side);
    default:
      return undefined;
  }
}

/** Milliseconds: a minimum is rounded down, a maximum up, so that both stay bounds for readers that take them literally. */
function timestampBound(type: 'timestamp' | 'timestamp_ntz', text: string, side: Side): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:\+00)?$/.exec(text);
  if (!match) return undefined;
  const [, day, time, fraction = ''] = match;
  const micros = Number(fraction.padEnd(6, '0'));
  const millis = side === 'min' ? Math.floor(micros / 1000) : Math.ceil(micros / 1000);
  const iso = new Date(Date.parse(`${day}T${time}Z`) + millis).toISOString();
  // Past the year 9999 the form gets a sign and two digits more, which readers refuse.
  if (iso.length !== 24) return undefined;
  return JSON.stringify(type === 'timestamp' ? iso : iso.slice(0, -1));
}

function stringBound(text: string, side: Side): string | undefined {
  const characters = Array.from(text.slice(0, 2 * STRING_PREFIX + 2));
  if (characters.length <= STRING_PREFIX) return JSON.stringify(text);
  return side === 'min' ? JSON.stringify(characters.slice(0, STRING_PREFIX).join('')) : undefined;
}
