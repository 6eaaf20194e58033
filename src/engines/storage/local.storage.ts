import { constants, type Dirent } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, realpath, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { StagingArea } from './staging-area.js';
import { FileNotFoundError, PathOutsideStorageError } from './storage.errors.js';
import { Storage, type StoredFile } from './storage.port.js';
import { checkPath, pathBelow, STAGING } from './storage-path.js';

const STATS_AT_ONCE = 64;
const READ_NO_LINK = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/** The embedded default: a folder of this machine. Several processes may use it at the same time. */
export class LocalStorage extends Storage {
  /** Folders that were seen to be in the root, and no links out of it. */
  private readonly known = new Set<string>();
  /** Folders whose own entries, up to the root, are on the disk. */
  private readonly durable = new Set<string>();

  private constructor(
    private readonly root: string,
    /** Of the same folder: a link may lead to it. */
    private readonly names: readonly string[],
    private readonly staging: StagingArea,
  ) {
    super();
  }

  /** @param root made when it is not there */
  static async open(root: string): Promise<LocalStorage> {
    await mkdir(root, { recursive: true });
    const real = await realpath(root);
    return new LocalStorage(real, [real, resolve(root)], await StagingArea.open(join(real, STAGING)));
  }

  async read(path: string): Promise<Buffer> {
    return this.withFile(path, (file) => file.readFile());
  }

  async readRange(path: string, start: number, end: number): Promise<Buffer> {
    return this.withFile(path, async (file) => {
      const { size } = await file.stat();
      const wanted = Buffer.alloc(Math.max(0, Math.min(end, size) - start));
      let filled = 0;
      while (filled < wanted.length) {
        const { bytesRead } = await file.read(wanted, filled, wanted.length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return wanted.subarray(0, filled);
    });
  }

  async write(path: string, bytes: Buffer): Promise<void> {
    await this.viaTemporary(bytes, (temporary) => this.place(path, (target) => rename(temporary, target)));
  }

  async create(path: string, bytes: Buffer): Promise<boolean> {
    try {
      await this.viaTemporary(bytes, (temporary) => this.place(path, (target) => link(temporary, target)));
      return true;
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false;
      throw error;
    }
  }

  async list(prefix: string, after = ''): Promise<StoredFile[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const start = folder ? this.locate(folder.slice(0, -1)) : this.root;
    if (!(await this.isInside(start, prefix))) return [];
    const paths = (await this.walk(folder, prefix)).filter((path) => path > after).sort();
    const files: StoredFile[] = [];
    for (let from = 0; from < paths.length; from += STATS_AT_ONCE) {
      const found = await Promise.all(paths.slice(from, from + STATS_AT_ONCE).map((path) => this.describe(path)));
      files.push(...found.filter((file) => file !== undefined));
    }
    return files;
  }

  async folders(folder: string): Promise<string[]> {
    const path = folder ? this.locate(folder) : this.root;
    if (!(await this.isInside(path, folder))) return [];
    const entries = await this.entries(folder ? `${folder}/` : '');
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  }

  async exists(path: string): Promise<boolean> {
    try {
      return await this.withFile(path, async (file) => (await file.stat()).isFile());
    } catch (error) {
      if (error instanceof FileNotFoundError) return false;
      throw error;
    }
  }

  async remove(path: string): Promise<void> {
    const target = this.locate(path);
    if (!(await this.isInside(dirname(target), path))) return;
    await unlink(target).catch((error: unknown) => {
      if (!isAbsence(error)) throw error;
    });
  }

  stage(): Promise<string> {
    return this.staging.stage();
  }

  discard(folder: string): Promise<void> {
    return this.staging.discard(folder);
  }

  async adopt(localFile: string, path: string): Promise<void> {
    await sync(localFile);
    await this.place(path, (target) => rename(localFile, target));
  }

  /** There is nothing: until the last step of a write all of it is staged. */
  async removeUnfinished(): Promise<number> {
    return 0;
  }

  pathOf(uri: string): string | undefined {
    const [, location] = /^(?:file:(?:\/\/(?:localhost)?)?)?(\/.*)$/is.exec(uri) ?? [];
    return location === undefined ? undefined : pathBelow(this.names, location);
  }

  async localFile(path: string): Promise<string> {
    if (!(await this.exists(path))) throw new FileNotFoundError(path);
    return this.locate(path);
  }

  private locate(path: string): string {
    checkPath(path);
    if (sep !== '/' && path.includes(sep)) throw new PathOutsideStorageError(path);
    return join(this.root, path);
  }

  private async withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
    const target = this.locate(path);
    if (!(await this.isInside(dirname(target), path))) throw new FileNotFoundError(path);
    const file = await open(target, READ_NO_LINK).catch((error: unknown) => {
      if (isAbsence(error)) throw new FileNotFoundError(path);
      if (hasCode(error, 'ELOOP')) throw new PathOutsideStorageError(path);
      throw error;
    });
    try {
      return await use(file);
    } catch (error) {
      if (hasCode(error, 'EISDIR')) throw new FileNotFoundError(path);
      throw error;
    } finally {
      await file.close();
    }
  }

  /** @returns false when the folder is not there @throws {PathOutsideStorageError} when a link leads out of the root */
  private async isInside(folder: string, path: string): Promise<boolean> {
    if (folder === this.root || this.known.has(folder)) return true;
    const real = await realpath(folder).catch((error: unknown) => {
      if (isAbsence(error)) return undefined;
      throw error;
    });
    if (real === undefined) return false;
    if (real !== folder && relative(this.root, real).startsWith('..')) throw new PathOutsideStorageError(path);
    this.known.add(folder);
    return true;
  }

  private async makeFolder(folder: string, path: string): Promise<void> {
    if (folder === this.root || this.durable.has(folder)) return;
    await this.makeFolder(dirname(folder), path);
    await mkdir(folder).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
    });
    await this.isInside(folder, path);
    await sync(dirname(folder));
    this.durable.add(folder);
  }

  private async viaTemporary(bytes: Buffer, use: (temporary: string) => Promise<void>): Promise<void> {
    const temporary = this.staging.newPath();
    try {
      await writeFile(temporary, bytes, { flag: 'wx', flush: true });
      await use(temporary);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Moves a durable file to its path, and makes the move durable. */
  private async place(path: string, move: (target: string) => Promise<void>): Promise<void> {
    const target = this.locate(path);
    const folder = dirname(target);
    const attempt = async (): Promise<void> => {
      await this.makeFolder(folder, path);
      await move(target);
    };
    await attempt().catch(async (error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error;
      // Somebody removed a folder that was there before.
      this.known.clear();
      this.durable.clear();
      await attempt();
    });
    await sync(folder);
  }

  /** Adds the paths of files. @param folder with a `/` at its end, or empty; one that cannot match the prefix is not entered */
  private async walk(folder: string, prefix: string, found: string[] = []): Promise<string[]> {
    for (const entry of await this.entries(folder)) {
      const path = folder + entry.name;
      if (!path.startsWith(prefix)) continue;
      if (entry.isFile()) found.push(path);
      if (entry.isDirectory()) await this.walk(`${path}/`, prefix, found);
    }
    return found;
  }

  private async entries(folder: string): Promise<Dirent[]> {
    const entries = await readdir(join(this.root, folder), { withFileTypes: true }).catch((error: unknown) => {
      if (isAbsence(error)) return [];
      throw error;
    });
    return folder ? entries : entries.filter(({ name }) => name !== STAGING);
  }

  private async describe(path: string): Promise<StoredFile | undefined> {
    // A file that went away since the folder was read was not there.
    const entry = await stat(join(this.root, path)).catch((error: unknown) => {
      if (isAbsence(error)) return undefined;
      throw error;
    });
    return entry && { path, bytes: entry.size, modifiedAt: entry.mtime };
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const hasCode = (error: unknown, ...codes: string[]): boolean => codes.includes((error as NodeJS.ErrnoException).code ?? '');

/** A file in the place of a folder also means that nothing is at the path below it. */
const isAbsence = (error: unknown): boolean => hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR');
