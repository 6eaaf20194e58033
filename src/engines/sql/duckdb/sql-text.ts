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
export const placeOfByte = (sql: string, offset: number): Place | undefined => placesOfBytes(sql, [offset]).get(offset);

/** The same for many offsets, in one pass over the text. */
export function placesOfBytes(sql: string, offsets: readonly number[]): ReadonlyMap<number, Place> {
  const bytes = Buffer.from(sql);
  const places = new Map<number, Place>();
  let [at, line, column] = [0, 1, 1];
  for (const offset of offsets.filter((one) => one >= 0 && one <= bytes.length).sort((a, b) => a - b)) {
    for (; at < offset; at++) {
      if (bytes[at] === NEWLINE) [line, column] = [line + 1, 1];
      else if (beginsCharacter(bytes[at])) column++;
    }
    places.set(offset, { line, column });
  }
  return places;
}

const NEWLINE = 10;

const beginsCharacter = (byte: number): boolean => (byte & 0b1100_0000) !== 0b1000_0000;

/** @param offset in characters, as DuckDB's parser counts @returns undefined for an offset that is not in the text */
export function placeOfCharacter(sql: string, offset: number): Place | undefined {
  const characters = [...sql];
  return offset >= 0 && offset <= characters.length ? endOf(characters.slice(0, offset).join('')) : undefined;
}

function endOf(text: string): Place {
  const lines = text.split('\n');
  return { line: lines.length, column: [...lines[lines.length - 1]].length + 1 };
}
