import { expectEachLandedOnce, landThroughKills } from '../fixtures/landing-storm.js';

describe('topics, while the processes that land them are killed a hundred times', () => {
  it.each([71, 72, 73, 74, 75])(
    'are in bronze or among the dead letters, each message once, from the seed %i',
    async (seed) => expectEachLandedOnce(await landThroughKills({ seed, kills: 20 })),
    900_000,
  );
});
