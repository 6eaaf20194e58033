import { randomUUID } from 'node:crypto';
import { link, mkdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface FileCacheLimits {
  readonly mostBytes: number;
  /** What was given out so lately may be in use, and stays even when that is more than `mostBytes`. */
  readonly heldMs: number;
}

interface Entry {
  readonly file: string;
  readonly bytes: number;
  usedAt: number;
}

/** Nobody has read it. */
const UNUSED = -Infinity;
/** Somebody waits for it. */
const AWAITED = Infinity;

/**
 * Files of elsewhere, kept in a folder of this machine under names of their own, each in a folder of its own. What was used
 * longest ago goes first.
 */
export class FileCache {
  private readonly entries = new Map<string, Entry>();
  private readonly coming = new Map<string, Promise<boolean>>();
  private bytes = 0;

  private constructor(
    private readonly folder: string,
    private readonly limits: FileCacheLimits,
  ) {}

  /** @param folder that is not there yet */
  static async open(folder: string, limits: FileCacheLimits): Promise<FileCache> {
    await mkdir(folder);
    return new FileCache(folder, limits);
  }

  /** Bytes on the disk. */
  get size(): number {
    return this.bytes;
  }

  /**
   * @param fetch puts the file there; false when there is none. Of many who want one file one fetches it
   * @returns where it is; undefined when there is none
   */
  async file(path: string, fetch: (target: string) => Promise<boolean>): Promise<string | undefined> {
    const known = this.entries.get(path);
    // Somebody who cleared the disk may have removed it.
    if (known && !(await isThere(known.file))) await this.evict(path, known);
    // One that was kept, and not fetched, may have gone before it is here.
    while (!this.entries.has(path)) if (!(await this.bring(path, fetch, AWAITED))) return undefined;
    return this.use(path);
  }

  /**
   * Keeps a file that is here already, under a second name: the caller may do with the first what he likes. Until it is read it
   * may go as soon as there is no room.
   */
  async keep(path: string, file: string): Promise<void> {
    await this.forget(path);
    const second = async (target: string): Promise<boolean> => {
      await link(file, target);
      return true;
    };
    await this.bring(path, second, UNUSED);
  }

  /** It is another one by now, or none. */
  async forget(path: string): Promise<void> {
    await this.coming.get(path)?.catch(() => undefined);
    const entry = this.entries.get(path);
    if (entry) await this.evict(path, entry);
  }

  private async bring(path: string, fetch: (target: string) => Promise<boolean>, usedAt: number): Promise<boolean> {
    let coming = this.coming.get(path);
    if (!coming) {
      coming = this.take(path, fetch, usedAt).finally(() => this.coming.delete(path));
      this.coming.set(path, coming);
    }
    return coming;
  }

  private async take(path: string, fetch: (target: string) => Promise<boolean>, usedAt: number): Promise<boolean> {
    const folder = join(this.folder, randomUUID());
    // The name of the file stays: engines tell formats by it.
    const file = join(folder, basename(path));
    let bytes: number | undefined;
    try {
      await mkdir(folder, { recursive: true });
      if (!(await fetch(file))) return false;
      bytes = (await stat(file)).size;
    } finally {
      if (bytes === undefined) await rm(folder, { recursive: true, force: true });
    }
    this.entries.set(path, { file, bytes, usedAt });
    this.bytes += bytes;
    await this.shrink();
    return true;
  }

  /** The last used stands last. */
  private use(path: string): string {
    const entry = this.entries.get(path)!;
    this.entries.delete(path);
    entry.usedAt = Date.now();
    this.entries.set(path, entry);
    return entry.file;
  }

  private async shrink(): Promise<void> {
    for (const [path, entry] of this.entries) {
      if (this.bytes <= this.limits.mostBytes) return;
      if (Date.now() - entry.usedAt >= this.limits.heldMs) await this.evict(path, entry);
    }
  }

  /** @param entry as it was seen: another one that has come since stays */
  private async evict(path: string, entry: Entry): Promise<void> {
    if (this.entries.get(path) !== entry) return;
    this.entries.delete(path);
    this.bytes -= entry.bytes;
    await rm(dirname(entry.file), { recursive: true, force: true });
  }
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );
