const LF = 0x0a;
const CR = 0x0d;

export const STRAY_RETURN = 'a carriage return stands inside the line';

/** Bytes of ASCII. */
export interface CsvSyntax {
  readonly delimiter: number;
  /** Undefined when nothing is quoted. */
  readonly quote: number | undefined;
  /** The same as `quote` where a quote is doubled. */
  readonly escape: number | undefined;
}

export type CsvRecord =
  | {
      readonly kind: 'record';
      /** Behind the last byte of the record, before the end of its line. */
      readonly end: number;
      /** Where the next record begins. */
      readonly next: number;
      readonly fields: number;
      /** How many lines it spans. */
      readonly lines: number;
      /** Whether an escape other than a doubled quote stands in it. */
      readonly escaped: boolean;
    }
  /** The window ends before the record does. */
  | { readonly kind: 'open'; readonly field: number }
  | { readonly kind: 'broken'; readonly reason: string };

/** Reads one record in which there are quotes, as RFC 4180 has them: a field is quoted as a whole or not at all. */
export function readRecord(window: Buffer, start: number, syntax: CsvSyntax, lineEnd: number): CsvRecord {
  const { delimiter, quote } = syntax;
  let [at, fields, lines, escaped] = [start, 0, 1, false];
  for (;;) {
    fields++;
    if (window[at] === quote) {
      const closed = closeOf(window, at + 1, syntax, lineEnd);
      if (!closed) return { kind: 'open', field: fields };
      [at, lines, escaped] = [closed.next, lines + closed.lines, escaped || closed.escaped];
    } else {
      while (at < window.length && window[at] !== delimiter && window[at] !== lineEnd) {
        if (window[at] === quote) return broken(`a quote stands inside field ${fields}, which does not begin with one`);
        if (window[at] === CR && at + 1 < window.length && window[at + 1] !== LF) return broken(STRAY_RETURN);
        at++;
      }
    }
    if (window[at] === delimiter) {
      at++;
      continue;
    }
    const returns = window[at] === CR && lineEnd === LF && (at + 1 === window.length || window[at + 1] === LF);
    const stop = returns ? at + 1 : at;
    if (stop < window.length && window[stop] !== lineEnd) return broken(`text follows the closing quote of field ${fields}`);
    const end = window[stop - 1] === CR && lineEnd === LF ? stop - 1 : stop;
    return { kind: 'record', end, next: stop + 1, fields, lines, escaped };
  }
}

const broken = (reason: string): CsvRecord => ({ kind: 'broken', reason });

/** @param at behind the opening quote @returns undefined when the window has no closing quote */
function closeOf(
  window: Buffer,
  at: number,
  { quote, escape }: CsvSyntax,
  lineEnd: number,
): { next: number; lines: number; escaped: boolean } | undefined {
  let [lines, escaped] = [0, false];
  for (; at < window.length; at++) {
    const byte = window[at];
    if (byte === lineEnd) lines++;
    if (byte === escape && escape !== quote) {
      escaped = true;
      if (window[++at] === lineEnd) lines++;
    } else if (byte === quote) {
      if (escape !== quote || window[at + 1] !== quote) return { next: at + 1, lines, escaped };
      at++;
    }
  }
  return undefined;
}

/** The fields of a whole record as text; an empty field that is not quoted is null, as a missing value. */
export function fieldsOf(record: string, syntax: CsvSyntax): (string | null)[] {
  const character = (byte: number | undefined): string | undefined =>
    byte === undefined ? undefined : String.fromCharCode(byte);
  const [delimiter, quote, escape] = [syntax.delimiter, syntax.quote, syntax.escape].map(character) as [string, string?, string?];
  if (quote === undefined || !record.includes(quote)) return record.split(delimiter).map((field) => field || null);
  const fields: (string | null)[] = [];
  for (let at = 0; at <= record.length; at++) {
    if (record[at] === quote) {
      let text = '';
      for (at++; at < record.length; at++) {
        const escapes = record[at] === escape && (record[at + 1] === quote || (escape !== quote && record[at + 1] === escape));
        if (escapes) at++;
        else if (record[at] === quote) break;
        text += record[at];
      }
      fields.push(text);
      at++;
    } else {
      const end = record.indexOf(delimiter, at);
      fields.push(record.slice(at, end < 0 ? record.length : end) || null);
      at = end < 0 ? record.length : end;
    }
  }
  return fields;
}
