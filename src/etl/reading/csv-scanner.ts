import { UnreadableTextError } from '../etl.errors.js';
import { type CsvSyntax, fieldsOf, readRecord, STRAY_RETURN } from './csv-record.js';
import { type Mistake, NextByte, type RowScanner, type RowSink } from './row-scanner.js';

const LF = 0x0a;
const CR = 0x0d;
/** The SQL engine reads lines of up to two million bytes, the number before the row among them. */
export const CSV_ROW_BYTES = 1_900_000;

export interface CsvScan extends CsvSyntax {
  /** Lines before the header or the first row that are passed over. */
  readonly skip: number;
  readonly header: boolean;
  /** How many fields a row has; those of the header, or of the first row, when not given. */
  readonly fields?: number;
}

/**
 * Finds the rows of a CSV text. A row that breaks the rules costs its own line only: the search goes on in the next one, so
 * a quote that is never closed does not swallow what stands behind it.
 */
export class CsvScanner implements RowScanner {
  /** The first record, when it holds names. */
  header: readonly (string | null)[] | undefined;
  private fields: number | undefined;
  private line = 1;
  private lineEnd = LF;
  private begun = false;
  private overlong = false;

  constructor(
    private readonly scanned: CsvScan,
    private readonly isDamaged: (text: Buffer) => boolean,
  ) {
    this.fields = scanned.fields;
  }

  /** How many fields every row has that was taken. */
  get width(): number {
    return this.fields ?? 0;
  }

  scan(window: Buffer, last: boolean, sink: RowSink): number {
    this.begin(window);
    const view: View = {
      ...{ window, last, sink, damaged: this.isDamaged(window) },
      ends: new NextByte(window, this.lineEnd),
      quotes: new NextByte(window, this.scanned.quote),
      nulls: new NextByte(window, 0),
      returns: new NextByte(window, this.lineEnd === LF ? CR : undefined),
    };
    let at = 0;
    while (at < window.length) {
      const next = this.step(view, at);
      if (next === undefined) break;
      at = next;
    }
    return at;
  }

  /** A text whose first line ends in a carriage return alone has no other ends of lines. */
  private begin(window: Buffer): void {
    if (this.begun || window.length === 0) return;
    this.begun = true;
    const [first, feed] = [window.indexOf(CR), window.indexOf(LF)];
    if (first >= 0 && first < window.length - 1 && (feed < 0 || first < feed - 1)) this.lineEnd = CR;
  }

  /** @returns where the next step begins; undefined when it needs more of the text */
  private step(view: View, at: number): number | undefined {
    const { window, last } = view;
    const found = view.ends.from(at);
    if (found === window.length && !last) {
      if (!this.overlong && window.length - at <= CSV_ROW_BYTES) return undefined;
      if (!this.overlong) this.refuse(view, at, window.length, TOO_LONG);
      this.overlong = true;
      return window.length;
    }
    const next = Math.min(found + 1, window.length);
    if (this.overlong) {
      this.overlong = false;
      return next;
    }
    if (this.line <= this.scanned.skip || isBlank(window, at, found)) {
      this.line++;
      return next;
    }
    if (found - at > CSV_ROW_BYTES) return this.rejectLine(view, at, TOO_LONG);
    return view.quotes.from(at) < found ? this.quoted(view, at) : this.plain(view, at, found);
  }

  private plain(view: View, at: number, found: number): number {
    const { window } = view;
    const end = found > at && window[found - 1] === CR && this.lineEnd === LF ? found - 1 : found;
    let fields = 1;
    for (let place = at; place < end; place++) if (window[place] === this.scanned.delimiter) fields++;
    const mistake = this.mistakeIn(view, at, end, fields);
    if (mistake) return this.rejectLine(view, at, mistake);
    this.take(view, { at, end, fields });
    this.line++;
    return Math.min(found + 1, window.length);
  }

  private quoted(view: View, at: number): number | undefined {
    const { window, last } = view;
    const record = readRecord(window, at, this.scanned, this.lineEnd);
    if (record.kind === 'broken') return this.rejectLine(view, at, { rule: 'quotes', reason: record.reason });
    if (record.kind === 'open') {
      if (!last && window.length - at <= CSV_ROW_BYTES) return undefined;
      return this.rejectLine(view, at, { rule: 'quotes', reason: `the quote that opens field ${record.field} is never closed` });
    }
    // What looks like the end of the record may go on in the next window: a quote doubled, or a line feed.
    if (record.next > window.length && !last && window.length - at <= CSV_ROW_BYTES) return undefined;
    const mistake = record.end - at > CSV_ROW_BYTES ? TOO_LONG : this.mistakeIn(view, at, record.end, record.fields);
    if (mistake) return this.rejectLine(view, at, mistake);
    if (record.escaped) this.takeEscaped(view, { at, end: record.end, fields: record.fields });
    else this.take(view, { at, end: record.end, fields: record.fields });
    this.line += record.lines;
    return Math.min(record.next, window.length);
  }

  private mistakeIn(view: View, at: number, end: number, fields: number): Mistake | undefined {
    if (view.nulls.from(at) < end) return { rule: 'text', reason: 'it holds a NUL: this is no text, or its encoding is another' };
    if (view.damaged && this.isDamaged(view.window.subarray(at, end))) {
      return { rule: 'encoding', reason: 'it holds bytes that are none of the encoding' };
    }
    if (this.fields !== undefined && fields !== this.fields) {
      return { rule: 'fields', reason: `it has ${count(fields)} where ${this.fields} belong` };
    }
    if (view.quotes.from(at) >= end && view.returns.from(at) < end) return { rule: 'text', reason: STRAY_RETURN };
    return undefined;
  }

  private take({ window, sink }: View, { at, end, fields }: Span): void {
    if (this.isHeader(window, at, end)) return;
    this.fields ??= fields;
    sink.row(window, at, end, this.line);
  }

  /** Written anew with doubled quotes, which is what everything behind this reads. */
  private takeEscaped({ window, sink }: View, { at, end, fields }: Span): void {
    if (this.isHeader(window, at, end)) return;
    this.fields ??= fields;
    const { delimiter, quote } = this.scanned;
    const [comma, mark] = [String.fromCharCode(delimiter), String.fromCharCode(quote as number)];
    const written = fieldsOf(window.toString('utf8', at, end), this.scanned)
      .map((field) => (field === null ? '' : `${mark}${field.replaceAll(mark, mark + mark)}${mark}`))
      .join(comma);
    const text = Buffer.from(written);
    sink.row(text, 0, text.length, this.line);
  }

  private isHeader(window: Buffer, at: number, end: number): boolean {
    if (!this.scanned.header || this.header) return false;
    this.header = fieldsOf(window.toString('utf8', at, end), this.scanned);
    this.fields ??= this.header.length;
    return true;
  }

  /** Rejects one line, whatever the record that begins in it would have spanned. */
  private rejectLine(view: View, at: number, mistake: Mistake): number {
    const end = view.window.indexOf(this.lineEnd, at);
    this.refuse(view, at, end < 0 ? view.window.length : end, mistake);
    return end < 0 ? view.window.length : end + 1;
  }

  private refuse({ window, sink }: View, at: number, end: number, mistake: Mistake): void {
    if (this.scanned.header && !this.header) throw new UnreadableTextError(`its header does not parse: ${mistake.reason}`);
    const bare = window[end - 1] === CR ? end - 1 : end;
    sink.reject(window.subarray(at, bare), this.line, mistake);
    this.line++;
  }
}

interface View {
  readonly window: Buffer;
  readonly last: boolean;
  readonly sink: RowSink;
  readonly damaged: boolean;
  readonly ends: NextByte;
  readonly quotes: NextByte;
  readonly nulls: NextByte;
  readonly returns: NextByte;
}

interface Span {
  readonly at: number;
  readonly end: number;
  readonly fields: number;
}

const TOO_LONG: Mistake = { rule: 'length', reason: `it is longer than ${CSV_ROW_BYTES.toLocaleString('en')} bytes` };

const isBlank = (window: Buffer, at: number, end: number): boolean => end === at || (end === at + 1 && window[at] === CR);

const count = (fields: number): string => (fields === 1 ? '1 field' : `${fields} fields`);
