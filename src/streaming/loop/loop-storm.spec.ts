import { aLabFolder, Lab, removeFolder } from '../../../test/fixtures/lab.js';
import { settledLoop } from '../../../test/fixtures/loop.js';
import { seededUniform } from '../../../test/fixtures/training-set.js';

const KILLS = 3;
/** Starts take long where much else runs. */
const PATIENCE_MS = 300_000;
const LOOP = { STREAM_DEMO: 'on', STREAM_RATE: '400', STREAM_TRAIN_SECONDS: '1', STREAM_DRIFT: 'on' };

describe('a learning loop that is killed again and again', () => {
  let folder: string;
  let lab: Lab | undefined;

  beforeAll(async () => void (folder = await aLabFolder()));
  afterAll(async () => {
    await lab?.stop();
    await removeFolder(folder);
  });

  it(
    'loses nobody, counts nobody twice, and has a model that answers',
    async () => {
      const uniform = seededUniform(6);
      for (let kill = 0; kill < KILLS; kill++) {
        lab = await Lab.start(folder, LOOP);
        await new Promise((wait) => setTimeout(wait, 500 + 2_000 * uniform()));
        await lab.kill();
      }
      lab = await Lab.start(folder, { ...LOOP, STREAM_RATE: '0.1' });
      const { people, normalised, consumed, scored } = await settledLoop(lab);
      expect([normalised, consumed]).toEqual([people, people]);
      expect([people > 0, scored <= people]).toEqual([true, true]);
      const { status, body } = await lab.request('POST', '/stream/trainer/predict', { idade: 34 });
      expect([status, body.predicao > 3_000]).toEqual([200, true]);
    },
    PATIENCE_MS,
  );
});
