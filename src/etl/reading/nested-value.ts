import { PLAIN_FORMAT, quotedName, quotedText, valueSql } from './value-sql.js';

/** A name in quotes, or a type that 128 bits hold: the former is passed over. */
const HUGE = /"(?:[^"]|"")*"|\bHUGEINT\b/g;
const STRUCT = /^STRUCT\s*\((.*)\)$/is;
const FIELD = /^\s*("(?:[^"]|"")*"|\w+)\s+(.+)$/s;

/** A type without the 128 bits that are detected as soon as one number is negative and another is not. */
export const narrowed = (type: string): string => type.replaceAll(HUGE, (found) => (found === 'HUGEINT' ? 'BIGINT' : found));

/**
 * SQL of a JSON value in a nested type. It fails for a value that does not fit, as it does outside of anything nested, and for
 * an object with a field that the type has not; a field that the object has not is null.
 * @param column SQL of the value
 */
export const nestedValueSql = (column: string, type: string): string => valueAt({ json: column, path: '$', depth: 0 }, type);

/** A place in a JSON value. */
interface Place {
  readonly json: string;
  readonly path: string;
  /** How many lists it stands in. */
  readonly depth: number;
}

function valueAt(place: Place, type: string): string {
  const [value, text] = ['json_extract', 'json_extract_string'].map(
    (call) => `${call}(${place.json}, ${quotedText(place.path)})`,
  );
  if (type.endsWith('[]')) return listAt(value, place, type.slice(0, -2));
  const fields = fieldsOf(type);
  if (fields) return structAt({ value, text }, place, fields);
  return /^MAP\b/i.test(type) ? `CAST(${value} AS ${type})` : valueSql(text, type, PLAIN_FORMAT);
}

function listAt(value: string, { depth }: Place, type: string): string {
  const item = `item_${depth}`;
  return `list_transform(CAST(${value} AS JSON[]), lambda ${item}: ${valueAt({ json: item, path: '$', depth: depth + 1 }, type)})`;
}

function structAt({ value, text }: { value: string; text: string }, place: Place, fields: readonly Field[]): string {
  const packed = fields.map(
    ({ name, type }) => `${quotedName(name)} := ${valueAt({ ...place, path: `${place.path}.${JSON.stringify(name)}` }, type)}`,
  );
  const names = fields.map(({ name }) => quotedText(name)).join(', ');
  const fits = `json_type(${value}) = 'OBJECT' AND list_has_all([${names}], json_keys(${value}))`;
  // What is no JSON is no struct either: a way to fail that TRY puts up with.
  const failure = `CAST(CAST('!' || ${text} AS JSON) AS STRUCT(${fields.map(({ name, type }) => `${quotedName(name)} ${type}`).join(', ')}))`;
  return `CASE WHEN ${text} IS NULL THEN NULL WHEN ${fits} THEN struct_pack(${packed.join(', ')}) ELSE ${failure} END`;
}

interface Field {
  readonly name: string;
  readonly type: string;
}

/** @returns undefined for what is no STRUCT */
function fieldsOf(type: string): readonly Field[] | undefined {
  const inside = STRUCT.exec(type.trim())?.[1];
  if (inside === undefined) return undefined;
  const fields = partsOf(inside).map((part) => FIELD.exec(part));
  if (fields.some((field) => field === null)) return undefined;
  return fields.map((field) => {
    const [, name, ofField] = field as RegExpExecArray;
    return { name: name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name, type: ofField.trim() };
  });
}

/** Splits at the commas that stand in no quotes and no brackets. */
function partsOf(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"]|"")*"|[^"]/gs)) {
    if (token === '(' || token === '[') depth++;
    if (token === ')' || token === ']') depth--;
    if (token === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += token;
  }
  return parts;
}
