import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Mistake } from './row-scanner.js';

/** So much of a rejected row is kept. */
const TEXT_CHARACTERS = 64 * 1024;
const FLUSH_ROWS = 500;

/** A row that was not taken, with the first rule that it broke. */
export interface RejectedRow {
  readonly line: number;
  readonly text: string;
  readonly rule: Mistake['rule'] | 'type' | 'drift';
  readonly reason: string;
}

/** Rejected rows on their way, in a file: there may be more of them than memory holds. */
export class RejectFile {
  /** The first of them, for what is said about all. */
  readonly examples: RejectedRow[] = [];
  private readonly waiting: string[] = [];
  private written = 0;

  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
  ) {}

  static async create(path: string): Promise<RejectFile> {
    return new RejectFile(path, await open(path, 'wx'));
  }

  get rows(): number {
    return this.written + this.waiting.length;
  }

  add({ line, text, rule, reason }: RejectedRow): void {
    const cut = text.length > TEXT_CHARACTERS;
    const row = {
      ...{ line, rule, text: cut ? text.slice(0, TEXT_CHARACTERS) : text },
      reason: cut ? `${reason} (the text is cut at ${TEXT_CHARACTERS.toLocaleString('en')} characters)` : reason,
    };
    if (this.examples.length < 3) this.examples.push(row);
    this.waiting.push(JSON.stringify(row));
  }

  /** Writes what waits. Call it between windows: `add` does not wait for the disk. */
  async flush(): Promise<void> {
    if (this.waiting.length === 0) return;
    const lines = this.waiting.splice(0);
    this.written += lines.length;
    await this.file.appendFile(`${lines.join('\n')}\n`);
  }

  async close(): Promise<void> {
    await this.flush();
    await this.file.close();
  }

  /** What is in such a file, in the order in which it was added, after {@link flush}. */
  static async *read(path: string): AsyncGenerator<readonly RejectedRow[]> {
    let rows: RejectedRow[] = [];
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      rows.push(JSON.parse(line) as RejectedRow);
      if (rows.length < FLUSH_ROWS) continue;
      yield rows;
      rows = [];
    }
    if (rows.length > 0) yield rows;
  }
}
