import { expectEachOnce, loadThroughKills } from '../fixtures/load-storm.js';
import { uploadThroughKills } from '../fixtures/upload-storm.js';

describe('loads and replays, while the processes that carry them out are killed eighty times', () => {
  it.each([31, 32, 33, 34])(
    'leave each row once, in bronze or in quarantine, from the seed %i',
    async (seed) => expectEachOnce(await loadThroughKills({ seed, kills: 20 })),
    900_000,
  );
});

describe('files and rows that are sent, while the server is killed twenty times', () => {
  it('are there once each', () => uploadThroughKills({ seed: 35, kills: 20 }), 900_000);
});
