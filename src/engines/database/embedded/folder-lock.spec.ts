import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DataFolderInUseError } from '../database.errors.js';
import { FolderLock } from './folder-lock.js';

const HOLD = `
  const { DatabaseSync } = await import('node:sqlite');
  const file = new DatabaseSync(process.argv[1]);
  file.exec('BEGIN IMMEDIATE; PRAGMA user_version = ' + process.pid + '; COMMIT; BEGIN IMMEDIATE');
  console.log('held');
  setInterval(() => file.isOpen, 60000);`;

describe('FolderLock', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lab-lock-'));
    path = join(folder, 'server.lock');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is held by one at a time', () => {
    const lock = FolderLock.take(path, folder);
    expect(() => FolderLock.take(path, folder)).toThrow(new DataFolderInUseError(folder, process.pid));
    lock.release();
    FolderLock.take(path, folder).release();
  });

  it('stays held when nobody refers to it any more', async () => {
    ((): unknown => FolderLock.take(path, folder))();
    await collectGarbage();
    expect(() => FolderLock.take(path, folder)).toThrow(DataFolderInUseError);
  });

  it('is free although a process that lives has the number of the last holder', () => {
    const file = new DatabaseSync(path);
    file.exec(`PRAGMA user_version = ${process.ppid}`);
    file.close();
    FolderLock.take(path, folder).release();
  });

  it('names the process that holds it, and is free the moment that process is killed', async () => {
    const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLD, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    expect(() => FolderLock.take(path, folder)).toThrow(`process ${holder.pid}`);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    FolderLock.take(path, folder).release();
  });

  it('does not take a file that it cannot read for one that is held', () => {
    expect(() => FolderLock.take(join(folder, 'missing/server.lock'), folder)).toThrow('unable to open database file');
  });
});

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose_gc');
  // What was made in this turn is still referred to.
  await new Promise((turn) => setImmediate(turn));
  collect();
}
