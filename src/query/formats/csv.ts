import type { Column } from '../../engines/sql/sql.port.js';
import type { RowSource } from './row-source.js';

/**
 * CSV as RFC 4180 has it, in UTF-8 with a line of names: times in ISO 8601 UTC to the microsecond, bytes in base64, lists and
 * structs as JSON, with times as SQL writes them. A missing value is an empty field, an empty text is `""`. The engine writes the lines itself.
 */
export async function* toCsv(source: RowSource): AsyncGenerator<string> {
  let before = `${source.columns.map(({ name }) => quoted(name)).join(',')}\n`;
  for await (const { values } of source.read(lineOf(source.columns))) {
    yield `${before}${values[0].join('\n')}\n`;
    before = '';
  }
  if (before !== '') yield before;
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) || text === '' ? `"${text.replaceAll('"', '""')}"` : text);

/** @returns one expression that is a line */
const lineOf = (columns: readonly Column[]): string =>
  `concat(${columns.map(({ type }, index) => fieldOf(`#${index + 1}`, type)).join(", ',', ")})`;

const fieldOf = (column: string, type: string): string => `coalesce(${textOf(column, type)}, '')`;

function textOf(column: string, type: string): string {
  if (isPlain(type)) return `CAST(${column} AS VARCHAR)`;
  // Before all that looks at the beginning of a type: `TIMESTAMP[]` is a list.
  if (isNested(type)) return quotedInSql(`CAST(to_json(${column}) AS VARCHAR)`);
  if (type === 'FLOAT' || type === 'DOUBLE') {
    const infinite = `WHEN isinf(${column}) THEN CASE WHEN ${column} > 0 THEN 'Infinity' ELSE '-Infinity' END`;
    return `CASE WHEN isnan(${column}) THEN 'NaN' ${infinite} ELSE CAST(${column} AS VARCHAR) END`;
  }
  if (type.startsWith('TIMESTAMP')) {
    const time = `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%fZ')`;
    return `CASE WHEN isfinite(${column}) THEN ${time} ELSE CAST(${column} AS VARCHAR) END`;
  }
  if (type === 'BLOB') return `base64(${column})`;
  return quotedInSql(`CAST(${column} AS VARCHAR)`);
}

/** Types whose texts never hold a comma, a quote or the end of a line. */
const isPlain = (type: string): boolean =>
  /^(BOOLEAN|U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(.*\)|DATE|UUID|BIT|TIME)$/.test(type);

const isNested = (type: string): boolean => type.endsWith(']') || /^(STRUCT|MAP|UNION)\(/.test(type);

const quotedInSql = (text: string): string =>
  `CASE WHEN ${text} = '' OR regexp_matches(${text}, '[",\\r\\n]') ` +
  `THEN concat('"', replace(${text}, '"', '""'), '"') ELSE ${text} END`;
