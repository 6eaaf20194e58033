/** How texts of a source stand for values. */
export interface ValueFormat {
  readonly decimal: '.' | ',';
  /** In the letters of strptime: `%d/%m/%Y`. */
  readonly dateFormat?: string;
  readonly timestampFormat?: string;
}

export const PLAIN_FORMAT: ValueFormat = { decimal: '.' };

const WHOLE_NUMBER = /^U?(TINYINT|SMALLINT|INTEGER|INT|BIGINT|HUGEINT)$/i;
const FRACTION = /^(FLOAT|REAL|DOUBLE|DECIMAL|NUMERIC)\b/i;
const TEXT = /^(VARCHAR|TEXT|STRING)$/i;
const NESTED = /^(STRUCT|MAP)\b|\]$|^JSON$/i;

export const isText = (type: string): boolean => TEXT.test(type);

export const isJson = (type: string): boolean => /^JSON$/i.test(type);

export const isNested = (type: string): boolean => NESTED.test(type);

export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** @param text SQL of a text @returns SQL of its value in a type, which fails for a text that has none */
export function valueSql(text: string, type: string, { decimal, dateFormat, timestampFormat }: ValueFormat): string {
  if (isText(type)) return text;
  // DuckDB would round '1.5' to 2 where a whole number belongs.
  if (WHOLE_NUMBER.test(type)) return `CAST(replace(${text}, '.', '!') AS ${type})`;
  if (FRACTION.test(type)) return `CAST(${fractionSql(text, type, decimal)} AS ${type})`;
  // And it would take a time of day off where a date belongs.
  if (/^DATE$/i.test(type)) return `CAST(strptime(${text}, ${quotedText(dateFormat ?? '%Y-%m-%d')}) AS DATE)`;
  if (/^TIMESTAMP/i.test(type) && timestampFormat) return `CAST(strptime(${text}, ${quotedText(timestampFormat)}) AS ${type})`;
  return `CAST(${text} AS ${type})`;
}

/** DuckDB would round away what a DECIMAL has no places for. */
function fractionSql(received: string, type: string, decimal: '.' | ','): string {
  const text = decimal === ',' ? `translate(${received}, '.,', '!.')` : received;
  const places = /^(?:DECIMAL|NUMERIC)\s*\(\s*\d+\s*,\s*(\d+)/i.exec(type)?.[1];
  if (places === undefined) return text;
  return `CASE WHEN regexp_matches(${text}, '[.][0-9]{${places}}[0-9]*[1-9]') THEN '!' ELSE ${text} END`;
}
