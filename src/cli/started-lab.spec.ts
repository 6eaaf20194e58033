import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLab } from './started-lab.js';

describe('a lab that is started for a command', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lab-started-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const aLab = async (text: string) => {
    const main = join(folder, 'main.mjs');
    await writeFile(main, text);
    return startLab({ PATH: process.env.PATH }, main);
  };
  const ENDS = `let ready = false; process.on('SIGTERM', () => process.exit(ready ? 7 : 8)); setInterval(() => undefined, 1000);`;
  const READY = `ready = true; console.log('DataFlow Lab is ready at http://127.0.0.1:' + (process.env.PORT + 1));`;

  it('says where it is, and ends when it is told to', async () => {
    const lab = await aLab(ENDS + READY);
    expect(await lab.url).toBe('http://127.0.0.1:01');
    expect(await lab.stop()).toEqual([7, null]);
  });

  it('ends in the middle of its start, told once or twice', async () => {
    const lab = await aLab(`${ENDS} setTimeout(() => { ${READY} }, 60_000)`);
    const refusal = expect(lab.url).rejects.toThrow('The lab did not start');
    const [first, second] = await Promise.all([lab.stop(), lab.stop()]);
    // Before it listens to signals one ends it all the same.
    expect([
      [null, 'SIGTERM'],
      [8, null],
    ]).toContainEqual(first);
    expect(second).toEqual(first);
    await refusal;
  });

  it('says why it does not start', async () => {
    const lab = await aLab(`console.error('the folder is in use'); process.exitCode = 1`);
    await expect(lab.url).rejects.toThrow('The lab did not start:\nthe folder is in use');
    expect(await lab.stop()).toEqual([1, null]);
  });
});
