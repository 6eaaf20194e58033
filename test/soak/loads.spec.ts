import { expectEachOnce, loadThroughKills } from '../fixtures/load-storm.js';

describe('loads and replays, while the processes that carry them out are killed a hundred times', () => {
  it.each([31, 32, 33, 34, 35])(
    'leave each row once, in bronze or in quarantine, from the seed %i',
    async (seed) => expectEachOnce(await loadThroughKills({ seed, kills: 20 })),
    600_000,
  );
});
