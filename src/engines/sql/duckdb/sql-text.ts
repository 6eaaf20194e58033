/** An identifier as it stands in SQL, whatever characters it has. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text as it stands in SQL. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A dataset's name in SQL: the layer is a schema, and there may be none. */
export function quoteTable(table: string): string {
  const { layer, name } = splitTable(table);
  return layer === undefined ? quoteName(name) : `${quoteName(layer)}.${quoteName(name)}`;
}

export function splitTable(table: string): { layer?: string; name: string } {
  const dot = table.indexOf('.');
  return dot < 0 ? { name: table } : { layer: table.slice(0, dot), name: table.slice(dot + 1) };
}

export interface Place {
  /** Both from 1; the column in characters. */
  readonly line: number;
  readonly column: number;
}

/** @param offset in bytes of UTF-8, as DuckDB's binder counts @returns undefined for an offset that is not in the text */
export function placeOfByte(sql: string, offset: number): Place | undefined {
  const bytes = Buffer.from(sql);
  return offset >= 0 && offset <= bytes.length ? endOf(bytes.subarray(0, offset).toString()) : undefined;
}

/** @param offset in characters, as DuckDB's parser counts @returns undefined for an offset that is not in the text */
export function placeOfCharacter(sql: string, offset: number): Place | undefined {
  const characters = [...sql];
  return offset >= 0 && offset <= characters.length ? endOf(characters.slice(0, offset).join('')) : undefined;
}

function endOf(text: string): Place {
  const lines = text.split('\n');
  return { line: lines.length, column: [...lines[lines.length - 1]].length + 1 };
}
