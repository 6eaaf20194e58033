import { type FileHandle, open } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { TooManyRejectedError } from '../etl.errors.js';
import type { ColumnSample } from './column-sample.js';
import { CARRIED_LINE } from './received-line.js';
import type { ReceivedText } from './received-text.js';
import type { RejectFile } from './reject-file.js';
import type { Mistake, RowScanner, RowSink } from './row-scanner.js';

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LINE_DIGITS = 16;

/** Runs a scanner over a whole text. @param between called after every window, with the event loop free before the next */
export async function scanText(
  text: ReceivedText,
  scanner: RowScanner,
  sink: RowSink,
  between: () => Promise<void>,
): Promise<void> {
  let rest = Buffer.alloc(0);
  for await (const piece of text.pieces) {
    const window = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
    const used = scanner.scan(window, false, sink);
    // A copy: the window is reused by who reads the file.
    rest = Buffer.from(window.subarray(used));
    await between();
    await setImmediate();
  }
  scanner.scan(rest, true, sink);
  await between();
}

export interface ScreenTargets {
  /** Where the rows go that are whole. */
  readonly file: string;
  readonly rejects: RejectFile;
  /** The most rows that may be rejected. */
  readonly most: number;
  readonly sample?: ColumnSample;
}

/** Writes the whole rows of a text to a file, each with the number of its line before it, and the others aside. */
export class Screening implements RowSink {
  rows = 0;
  private readonly parts: Buffer[] = [];

  private constructor(
    private readonly file: FileHandle,
    private readonly targets: ScreenTargets,
    private readonly numbered: NumberedRow,
  ) {}

  /** @returns how many rows are whole @throws {TooManyRejectedError} */
  static async run(text: ReceivedText, scanner: RowScanner, numbered: NumberedRow, targets: ScreenTargets): Promise<number> {
    const file = await open(targets.file, 'wx');
    try {
      const screening = new Screening(file, targets, numbered);
      await scanText(text, scanner, screening, () => screening.flush());
      return screening.rows;
    } finally {
      await file.close();
    }
  }

  row(text: Buffer, start: number, end: number, line: number): void {
    const { sample } = this.targets;
    if (sample && !sample.full) sample.add(text.toString('utf8', start, end));
    this.parts.push(this.numbered(text, start, end, line));
    this.rows++;
  }

  reject(text: Buffer, line: number, { rule, reason }: Mistake): void {
    this.targets.rejects.add({ line, text: text.toString(), rule, reason });
  }

  private async flush(): Promise<void> {
    const { rejects, most } = this.targets;
    if (rejects.rows > most) throw new TooManyRejectedError(most, rejects.examples);
    await rejects.flush();
    if (this.parts.length > 0) await this.file.appendFile(Buffer.concat(this.parts.splice(0)));
  }
}

/** A row as it stands in the screened file. */
export type NumberedRow = (text: Buffer, start: number, end: number, line: number) => Buffer;

export const numberedCsv =
  (delimiter: number): NumberedRow =>
  (text, start, end, line) => {
    const row = Buffer.allocUnsafe(end - start + LINE_DIGITS + 2);
    let length = row.write(String(line), 'latin1');
    row[length++] = delimiter;
    length += text.copy(row, length, start, end);
    row[length++] = 0x0a;
    return row.subarray(0, length);
  };

export const numberedJson: NumberedRow = (text, start, end, line) => {
  let inside = start + 1;
  while (inside < end && (text[inside] === 0x20 || text[inside] === 0x09)) inside++;
  const comma = text[start] === OPEN_OBJECT && text[inside] !== CLOSE_OBJECT ? ',' : '';
  return Buffer.concat([Buffer.from(`{"${CARRIED_LINE}":${line}${comma}`), text.subarray(inside, end), Buffer.from('\n')]);
};
