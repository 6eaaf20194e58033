import type { Column } from '../../engines/sql/sql.port.js';
import { quoteName, quoteText } from '../expectations/rule.js';

/**
 * A row of a table as JSON text in SQL, the same text for the same row: decimals, and numbers that JSON has not, are text,
 * times are ISO.
 */
export function rowJsonSql(columns: readonly Column[]): string {
  return `cast(json_object(${columns.map((column) => `${quoteText(column.name)}, ${valueJson(column)}`).join(', ')}) as varchar)`;
}

function valueJson({ name, type }: Column): string {
  const value = quoteName(name);
  const text = `cast(${value} as varchar)`;
  if (type === 'FLOAT' || type === 'DOUBLE') {
    return `case when isfinite(${value}) then to_json(${value}) else to_json(${text}) end`;
  }
  if (/^(DECIMAL\([^)]*\)|HUGEINT)$/.test(type)) return `to_json(${text})`;
  if (/^TIMESTAMP( WITH TIME ZONE)?$/.test(type)) {
    return `to_json(regexp_replace(replace(${text}, ' ', 'T'), '\\+00$', 'Z'))`;
  }
  // Within lists and structs a NaN would stand as it is, which no JSON parser takes.
  if (/[\])]$/.test(type)) {
    return `case when json_valid(cast(to_json(${value}) as varchar)) then to_json(${value}) else to_json(${text}) end`;
  }
  return `to_json(${value})`;
}

/**
 * The rows of `candidate` that meet a condition, each with its text in `_row` and an `_id` that follows from the dataset, the
 * text, and which of several equal rows it is: the same row has the same id in every build.
 */
export function identifiedSql(dataset: string, columns: readonly Column[], condition: string): string {
  const occurrence = 'row_number() over (partition by _row)';
  const id = `cast(cast(md5(concat_ws('|', ${quoteText(dataset)}, _row, ${occurrence})) as uuid) as varchar)`;
  return `select *, ${id} as _id from (select *, ${rowJsonSql(columns)} as _row from candidate where ${condition}) as told`;
}

/** A value of a row's JSON text by its column, cast to the column's type: the way back from {@link rowJsonSql}. */
export function rowValueSql({ name, type }: Column, rowText: string): string {
  const path = quoteText(`$.${JSON.stringify(name)}`);
  const nested = /[\])]$/.test(type) && !type.startsWith('DECIMAL');
  return nested
    ? `cast(json_extract(${rowText}, ${path}) as ${type})`
    : `cast(json_extract_string(${rowText}, ${path}) as ${type})`;
}
