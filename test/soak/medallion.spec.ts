import { buildThroughKills } from '../fixtures/build-storm.js';

describe('builds, while the processes that carry them out are killed a hundred times', () => {
  it.each([1, 2, 3, 4])(
    'leave the old version or the new one, and nothing twice, from the seed %i',
    (seed) => buildThroughKills({ seed, kills: 25 }),
    900_000,
  );
});
