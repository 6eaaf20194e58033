import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededUniform } from '../../../../test/fixtures/training-set.js';
import { FolderLock } from './folder-lock.js';
import { waitUntil } from './server-process.js';

const PROCESSES = 4;
const KILLS = 12;

describe('the lock of a folder', () => {
  let folder: string;
  const racers: ChildProcess[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lab-lock-'));
    await writeFile(join(folder, 'journal'), '');
  });
  afterEach(async () => {
    await Promise.all(racers.splice(0).map(kill));
    await rm(folder, { recursive: true, force: true });
  });

  const start = (): void => {
    const program = ['--import', './test/fixtures/typescript.js', 'test/fixtures/lock-process.ts', folder];
    racers.push(spawn(process.execPath, program, { stdio: ['ignore', 'ignore', 'inherit'] }));
  };
  const journal = async (): Promise<string[]> => (await readFile(join(folder, 'journal'), 'utf8')).split('\n').slice(0, -1);
  const count = async (what: string): Promise<number> => (await journal()).filter((line) => line === what).length;

  it('lets in one process at a time, while those that race for it are killed', async () => {
    const uniform = seededUniform(5);
    for (let started = 0; started < PROCESSES; started++) start();
    for (let killed = 0; killed < KILLS; killed++) {
      const [doomed] = racers.splice(Math.floor(uniform() * racers.length), 1);
      const turns = uniform() * 10;
      expect(await waitUntil(async () => (await count(`in ${doomed.pid}`)) > turns, 30_000)).toBe(true);
      await kill(doomed);
      start();
    }
    expect((await journal()).filter((line) => line.startsWith('beside'))).toEqual([]);
    await Promise.all(racers.splice(0).map(kill));
    FolderLock.take(join(folder, 'server.lock'), folder).release();
  });
});

async function kill(racer: ChildProcess): Promise<void> {
  const ended = once(racer, 'exit');
  racer.kill('SIGKILL');
  await ended;
}
