import { join } from 'node:path';
import type { Relation } from '../../engines/sql/sql.port.js';
import type { ColumnSample } from './column-sample.js';
import { receivedText } from './received-text.js';
import type { RejectFile } from './reject-file.js';
import type { RowScanner } from './row-scanner.js';
import { type NumberedRow, scanText, Screening } from './screening.js';
import type { ValueFormat } from './value-sql.js';

export interface ReceivedColumn {
  readonly name: string;
  /** SQL of what was received as text, or of the value itself where it is `nested`. */
  readonly sql: string;
  /** True for a value that is read as what it is, and always fits. */
  readonly nested: boolean;
  /** True for a JSON value that has to fit a nested type. */
  readonly cast?: boolean;
  readonly type: string;
  /** Types that a detected one may be widened to, narrowest first, in place of those that go without saying. */
  readonly wider?: readonly string[];
  /** False for a type that was detected, and may turn out to be too narrow. */
  readonly declared: boolean;
  /** True for one that is not written: only a row without a value in it fits. */
  readonly unknown?: boolean;
}

/** A file whose rows are whole, and can be read as a table whose rows carry their line. */
export interface ReceivedFile {
  readonly relation: Relation;
  readonly columns: readonly ReceivedColumn[];
  readonly format: ValueFormat;
  readonly rows: number;
  readonly rejects: RejectFile;
  /** The texts of some lines, as they were received. */
  textsOf(lines: ReadonlySet<number>): Promise<Map<number, string>>;
}

export interface ReadingWork {
  /** What is reported as what cannot be read. */
  readonly refuse: (reason: string) => Error;
  /** Where the landed file is on this machine. */
  readonly path: string;
  /** A folder for what is in between. */
  readonly folder: string;
  readonly rejects: RejectFile;
  /** The most rows that may be rejected. */
  readonly most: number;
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

export interface Screened {
  readonly file: string;
  readonly rows: number;
  textsOf(lines: ReadonlySet<number>): Promise<Map<number, string>>;
}

export interface Screen<S extends RowScanner> {
  readonly encoding: string;
  readonly scanner: (isDamaged: (text: Buffer) => boolean) => S;
  readonly numbered: NumberedRow;
  readonly sample?: ColumnSample;
}

/** Screens the text of a file. @returns the scanner too, which knows what it saw */
export async function screened<S extends RowScanner>(
  work: ReadingWork,
  { encoding, scanner: open, numbered, sample }: Screen<S>,
): Promise<Screened & { scanner: S }> {
  const file = join(work.folder, 'rows');
  const onProgress = (read: number, total: number): void => work.onProgress(total > 0 ? read / total : 1);
  const text = await receivedText(work.path, { encoding, signal: work.signal, onProgress });
  const scanner = open(text.isDamaged);
  const rows = await Screening.run(text, scanner, numbered, { file, rejects: work.rejects, most: work.most, sample });
  const textsOf = async (lines: ReadonlySet<number>): Promise<Map<number, string>> => {
    const again = await receivedText(work.path, { encoding, signal: work.signal });
    const found = new Map<number, string>();
    const row = (window: Buffer, start: number, end: number, line: number): void => {
      if (lines.has(line)) found.set(line, window.toString('utf8', start, end));
    };
    await scanText(again, open(again.isDamaged), { row, reject: () => undefined }, async () => undefined);
    return found;
  };
  return { file, rows, scanner, textsOf };
}
