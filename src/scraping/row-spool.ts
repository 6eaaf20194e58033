import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { LakeStorage } from '../engines/storage/storage.port.js';
import { WriteBehind } from './crawl/write-behind.js';

/** Characters that wait at most, in one piece. */
const PIECE = 1024 * 1024;

/** Rows on their way to bronze, in a file: there may be more of them than memory holds. */
export class RowSpool {
  private readonly lines = new WriteBehind<string>(PIECE, (lines) => this.file.appendFile(lines.join('')));
  private readonly spooled = new Set<string>();

  private constructor(
    private readonly storage: LakeStorage,
    private readonly folder: string,
    private readonly file: FileHandle,
    /** Of JSON lines; whole once it is {@link settle}d. */
    readonly path: string,
  ) {}

  static async open(storage: LakeStorage): Promise<RowSpool> {
    const folder = await storage.stage();
    const path = join(folder, 'rows.jsonl');
    return new RowSpool(storage, folder, await open(path, 'wx'), path);
  }

  /** The addresses of its rows. */
  get urls(): ReadonlySet<string> {
    return this.spooled;
  }

  /** Each address once: the row that comes first stays. @throws what went wrong with those before */
  async add<Row extends { readonly url: string }>(row: Row): Promise<void> {
    if (this.spooled.has(row.url)) return;
    this.spooled.add(row.url);
    const line = `${JSON.stringify(row)}\n`;
    await this.lines.add(line, line.length);
  }

  /** Resolves when all is written. */
  async settle(): Promise<void> {
    await this.lines.settle();
  }

  /** Removes the file. */
  async discard(): Promise<void> {
    await this.lines.settle().catch(() => undefined);
    await this.file.close();
    await this.storage.discard(this.folder);
  }
}
