import type { Column } from '../../../engines/sql/sql.port.js';
import { UnpublishableTypeError } from '../warehouse.errors.js';

export interface PublishedColumn {
  readonly name: string;
  /** In PostgreSQL. */
  readonly type: string;
  /** A DuckDB expression: the value as COPY's text format has it, NULL for a missing one. */
  readonly text: string;
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const TYPES: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'smallint',
  SMALLINT: 'smallint',
  INTEGER: 'integer',
  BIGINT: 'bigint',
  UBIGINT: 'numeric(20,0)',
  HUGEINT: 'numeric(39,0)',
  UHUGEINT: 'numeric(39,0)',
  FLOAT: 'real',
  DOUBLE: 'double precision',
  VARCHAR: 'text',
  BLOB: 'bytea',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamptz',
};

/** @throws {UnpublishableTypeError} */
export function publishedColumn(dataset: string, { name, type }: Column): PublishedColumn {
  if (isNested(type)) {
    if (!fitsJson(type)) throw new UnpublishableTypeError(dataset, name, type);
    return { name, type: 'jsonb', text: escaped(asJson(name, type)) };
  }
  const published = /^DECIMAL\(/.test(type) ? type.replace('DECIMAL', 'numeric') : TYPES[type];
  if (published === undefined) throw new UnpublishableTypeError(dataset, name, type);
  return { name, type: published, text: asText(name, type) };
}

function asText(name: string, type: string): string {
  const column = quoteName(name);
  if (type === 'VARCHAR') return escaped(column);
  if (type === 'BLOB') return `'\\\\x' || hex(${column})`;
  if (type === 'TIMESTAMP WITH TIME ZONE') return inPostgres(momentText(column));
  if (/^(DATE|TIMESTAMP)$/.test(type)) return inPostgres(`CAST(${column} AS VARCHAR)`);
  return `CAST(${column} AS VARCHAR)`;
}

/** A cast says the same, and takes three times as long to look for the time zone of each. */
const momentText = (column: string): string =>
  `CASE WHEN isfinite(${column}) THEN CAST(make_timestamp(epoch_us(${column})) AS VARCHAR) || '+00' ELSE CAST(${column} AS VARCHAR) END`;

/** Both write years before Christ, but only DuckDB in brackets. */
const inPostgres = (text: string): string => `replace(${text}, '(BC)', 'BC')`;

/** PostgreSQL 18, "COPY", text format: these characters would end a value, a row or the data. */
const escaped = (text: string): string =>
  `replace(replace(replace(replace(${text}, '\\', '\\\\'), chr(9), '\\t'), chr(10), '\\n'), chr(13), '\\r')`;

const isNested = (type: string): boolean => /^(STRUCT|MAP)\(|\[\d*\]$/.test(type);

/** JSON has no bytes, and only text for keys. */
function fitsJson(type: string): boolean {
  const bare = type.replaceAll(/"(?:[^"]|"")*"/g, '');
  return !/\b(BLOB|BIT|INTERVAL|UNION|VARIANT|GEOMETRY)\b/.test(bare) && !/MAP\((STRUCT|MAP|[^,]*\[)/.test(bare);
}

/** Decimals and large integers keep their digits. NaN and the infinities, for which JSON has no numbers, become text. */
function asJson(name: string, type: string): string {
  const json = `CAST(to_json(${quoteName(name)}) AS VARCHAR)`;
  if (!/\b(FLOAT|DOUBLE)\b/.test(type)) return json;
  return `regexp_replace(${json}, '"((?:[^"\\\\]|\\\\.)*)"|(-?(?:NaN|Infinity))', '"\\1\\2"', 'g')`;
}
