import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { DataFolderInUseError } from '../database.errors.js';

const SQLITE_BUSY = 5;
/** Enough for a holder that is just writing down who it is. */
const PATIENCE_MS = 200;

/** A file that nobody refers to is collected, and its lock goes with it: a holder need not keep what it has no use for. */
const held = new Set<FolderLock>();

/**
 * Says that one process owns a folder. The lock is the kernel's (SQLite's, on an otherwise empty database): it ends with its
 * holder however that dies, so there is nothing stale to judge and no process id to be mistaken about.
 */
export class FolderLock {
  private constructor(private readonly file: DatabaseSync) {
    held.add(this);
  }

  /**
   * @param path of the lock file, made when it is not there
   * @throws {DataFolderInUseError} with the process that holds it
   */
  static take(path: string, folder: string): FolderLock {
    const file = new DatabaseSync(path, { timeout: PATIENCE_MS });
    try {
      do file.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${process.pid}; COMMIT`);
      while (!isKept(file));
      chmodSync(path, 0o600);
      return new FolderLock(file);
    } catch (error) {
      const busy = (error as { errcode?: number }).errcode === SQLITE_BUSY;
      const reason = busy ? new DataFolderInUseError(folder, holderOf(file)) : error;
      file.close();
      throw reason;
    }
  }

  release(): void {
    held.delete(this);
    if (this.file.isOpen) this.file.close();
  }
}

/**
 * A writer that has not written yet shuts out other writers but no readers: the next process can ask who holds it. Whoever
 * passed by since our name was written left its own.
 */
function isKept(file: DatabaseSync): boolean {
  file.exec('BEGIN IMMEDIATE');
  if (holderOf(file) === process.pid) return true;
  file.exec('ROLLBACK');
  return false;
}

function holderOf(file: DatabaseSync): number {
  return Number(file.prepare('PRAGMA user_version').get()?.user_version);
}
