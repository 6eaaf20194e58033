import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface FileCacheLimits {
  readonly mostBytes: number;
  /** What was given out so lately may be in use, and stays even when that is more than `mostBytes`. */
  readonly heldMs: number;
}

interface Entry {
  readonly bytes: number;
  usedAt: number;
}

/**
 * Files of elsewhere, kept in a folder of this machine under names of their own, each in a folder named by the hash of its path.
 * What was used longest ago goes first.
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
    if (!this.entries.has(path)) {
      let coming = this.coming.get(path);
      if (!coming) {
        coming = this.take(path, fetch).finally(() => this.coming.delete(path));
        this.coming.set(path, coming);
      }
      if (!(await coming)) return undefined;
    }
    this.touch(path);
    return this.placeOf(path);
  }

  /** Keeps a file that is here already, under a second name: the caller may do with the first what he likes. */
  async keep(path: string, file: string): Promise<void> {
    await this.forget(path);
    await this.take(path, async (target) => {
      await link(file, target);
      return true;
    });
  }

  /** It is another one by now, or none. */
  async forget(path: string): Promise<void> {
    await this.coming.get(path)?.catch(() => undefined);
    const entry = this.entries.get(path);
    if (!entry) return;
    this.entries.delete(path);
    this.bytes -= entry.bytes;
    await rm(this.folderOf(path), { recursive: true, force: true });
  }

  private async take(path: string, fetch: (target: string) => Promise<boolean>): Promise<boolean> {
    const draft = join(this.folder, randomUUID());
    try {
      if (!(await fetch(draft))) return false;
      await mkdir(this.folderOf(path), { recursive: true });
      await rename(draft, this.placeOf(path));
    } finally {
      await rm(draft, { force: true });
    }
    const { size } = await stat(this.placeOf(path));
    this.entries.set(path, { bytes: size, usedAt: Date.now() });
    this.bytes += size;
    await this.shrink();
    return true;
  }

  /** The last used stands last. */
  private touch(path: string): void {
    const entry = this.entries.get(path)!;
    this.entries.delete(path);
    entry.usedAt = Date.now();
    this.entries.set(path, entry);
  }

  private async shrink(): Promise<void> {
    for (const [path, { usedAt }] of this.entries) {
      if (this.bytes <= this.limits.mostBytes || Date.now() - usedAt < this.limits.heldMs) return;
      await this.forget(path);
    }
  }

  private folderOf(path: string): string {
    return join(this.folder, createHash('sha256').update(path).digest('hex').slice(0, 32));
  }

  /** The name of the file stays: engines tell formats by it. */
  private placeOf(path: string): string {
    return join(this.folderOf(path), basename(path));
  }
}
