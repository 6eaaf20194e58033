import { mkdir, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { StagingArea } from './staging-area.js';

const DAY_MS = 86_400_000;

describe('StagingArea', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'staging-'));
  });
  afterEach(async () => {
    jest.useRealTimers();
    await rm(folder, { recursive: true });
  });

  const age = (path: string, ms: number): Promise<void> => utimes(path, new Date(Date.now() - ms), new Date(Date.now() - ms));
  const anEntry = async (name: string, ageMs = 0): Promise<void> => {
    await mkdir(join(folder, name));
    await age(join(folder, name), ageMs);
  };

  it('clears away what dead processes left, of other machines what nobody touched for a day', async () => {
    const [host] = basename((await StagingArea.open(folder)).newPath()).split('~');
    await anEntry(`${host}~999999999~dead`);
    await anEntry(`${host}~${process.ppid}~alive`, 2 * DAY_MS);
    await anEntry('elsewhere~1~old', 2 * DAY_MS);
    await anEntry('elsewhere~1~young', DAY_MS / 2);
    await StagingArea.open(folder);
    expect((await readdir(folder)).sort()).toEqual([`${host}~${process.ppid}~alive`, 'elsewhere~1~young'].sort());
  });

  it('tells other machines of what lasts that its process lives, though nothing happens in there', async () => {
    jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout'] });
    const path = (await StagingArea.open(folder)).lastingPath();
    await mkdir(path);
    await age(path, 2 * DAY_MS);
    const idle = async (): Promise<number> => Date.now() - (await stat(path)).mtimeMs;
    jest.advanceTimersByTime(DAY_MS / 4);
    for (let looks = 0; looks < 1000 && (await idle()) > DAY_MS; looks++) await setImmediate();
    expect(await idle()).toBeLessThan(DAY_MS);
  });
});
