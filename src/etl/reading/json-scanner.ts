import { CARRIED_LINE } from './received-line.js';
import type { Mistake, RowScanner, RowSink } from './row-scanner.js';

const [LF, CR, TAB, SPACE] = [0x0a, 0x0d, 0x09, 0x20];
const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
/** Half of what the SQL engine reads as one object. */
export const JSON_ROW_BYTES = 8 * 1024 * 1024;

export type JsonShape = 'auto' | 'lines' | 'array';

/** Finds the objects of a JSON text: one on each line, or the elements of one array. */
export class JsonScanner implements RowScanner {
  private line = 1;
  private overlong = false;
  private place: 'before' | 'inside' | 'behind' = 'before';
  private shape: JsonShape;

  constructor(
    shape: JsonShape,
    private readonly isDamaged: (text: Buffer) => boolean,
  ) {
    this.shape = shape;
  }

  scan(window: Buffer, last: boolean, sink: RowSink): number {
    if (this.shape === 'auto') {
      const first = window.find((byte) => !isSpace(byte));
      if (first === undefined && !last) return 0;
      this.shape = first === OPEN_LIST ? 'array' : 'lines';
    }
    return this.shape === 'lines' ? this.scanLines(window, last, sink) : this.scanArray(window, last, sink);
  }

  private scanLines(window: Buffer, last: boolean, sink: RowSink): number {
    for (let at = 0; ; this.line++) {
      const found = window.indexOf(LF, at);
      if (at === window.length || (found < 0 && !last)) return this.partOfLine(window, at, sink);
      const end = found < 0 ? window.length : found;
      if (this.overlong) this.overlong = false;
      else this.take(window, at, end, sink);
      if (found < 0) return window.length;
      at = found + 1;
    }
  }

  /** @returns what is used of a window that ends within a line */
  private partOfLine(window: Buffer, at: number, sink: RowSink): number {
    if (this.overlong) return window.length;
    if (window.length - at <= JSON_ROW_BYTES) return at;
    sink.reject(window.subarray(at), this.line, TOO_LONG);
    this.overlong = true;
    return window.length;
  }

  private scanArray(window: Buffer, last: boolean, sink: RowSink): number {
    let at = 0;
    while (at < window.length) {
      const byte = window[at];
      if (isSpace(byte) || (this.place === 'inside' && byte === COMMA)) {
        if (byte === LF) this.line++;
        at++;
      } else if (this.place === 'before') {
        this.place = 'inside';
        if (byte === OPEN_LIST) at++;
      } else if (this.place === 'behind' || byte === CLOSE_LIST) {
        if (this.place === 'behind') sink.reject(window.subarray(at), this.line, BEHIND);
        if (this.place === 'behind') return window.length;
        this.place = 'behind';
        at++;
      } else {
        const end = elementEnd(window, at);
        if (end === window.length && !last && end - at <= JSON_ROW_BYTES) return at;
        this.takeElement(window, at, end, sink);
        at = end;
      }
    }
    if (last && this.place !== 'behind') sink.reject(Buffer.alloc(0), this.line, NOT_CLOSED);
    return at;
  }

  private takeElement(window: Buffer, at: number, end: number, sink: RowSink): void {
    this.take(window, at, end, sink);
    for (let feed = window.indexOf(LF, at); feed >= 0 && feed < end; feed = window.indexOf(LF, feed + 1)) this.line++;
  }

  private take(window: Buffer, at: number, end: number, sink: RowSink): void {
    let [from, to] = [at, end];
    while (from < to && isSpace(window[from])) from++;
    while (to > from && isSpace(window[to - 1])) to--;
    if (from === to) return;
    const text = window.subarray(from, to);
    const mistake = this.mistakeIn(text);
    if (mistake) sink.reject(text, this.line, mistake);
    else sink.row(onOneLine(text), 0, text.length, this.line);
  }

  private mistakeIn(text: Buffer): Mistake | undefined {
    if (text.length > JSON_ROW_BYTES) return TOO_LONG;
    if (this.isDamaged(text)) return { rule: 'encoding', reason: 'it holds bytes that are none of the encoding' };
    try {
      const value: unknown = JSON.parse(text.toString());
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return { rule: 'json', reason: `it is ${kindOf(value)}, not an object` };
      }
      if (CARRIED_LINE in value) return { rule: 'json', reason: `the key "${CARRIED_LINE}" is taken` };
      return undefined;
    } catch (error) {
      return { rule: 'json', reason: `it is no JSON: ${(error as Error).message}` };
    }
  }
}

const TOO_LONG: Mistake = { rule: 'length', reason: `it is longer than ${JSON_ROW_BYTES.toLocaleString('en')} bytes` };
const BEHIND: Mistake = { rule: 'json', reason: 'it stands behind the end of the array' };
const NOT_CLOSED: Mistake = { rule: 'json', reason: 'the text ends before its array does' };

const isSpace = (byte: number): boolean => byte === SPACE || byte === LF || byte === CR || byte === TAB;

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`);

/** @returns where the element that begins here is over: at the comma or bracket behind it, or at the end of the window */
function elementEnd(window: Buffer, at: number): number {
  let [depth, quoted] = [0, false];
  for (; at < window.length; at++) {
    const byte = window[at];
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
    else if (depth === 0 && (byte === COMMA || byte === CLOSE_LIST)) return at;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
  }
  return window.length;
}

/** Outside of its strings JSON may break lines, and in them it may not. */
function onOneLine(text: Buffer): Buffer {
  if (!text.includes(LF) && !text.includes(CR)) return text;
  const flat = Buffer.from(text);
  for (let at = 0; at < flat.length; at++) if (flat[at] === LF || flat[at] === CR) flat[at] = SPACE;
  return flat;
}
