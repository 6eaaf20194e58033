import { buildThroughKills } from '../fixtures/build-storm.js';
import { buildIntervalsThroughKills } from '../fixtures/interval-storm.js';
import { publishThroughKills } from '../fixtures/publish-storm.js';

describe('builds, while the processes that carry them out are killed a hundred times', () => {
  it.each([1, 2, 3, 4])(
    'leave the old version or the new one, and nothing twice, from the seed %i',
    (seed) => buildThroughKills({ seed, kills: 25 }),
    900_000,
  );
});

describe('builds of intervals, while the processes that carry them out are killed a hundred times', () => {
  it.each([1, 2, 3, 4])(
    'lose no row and double none, from the seed %i',
    (seed) => buildIntervalsThroughKills({ seed, kills: 25 }),
    900_000,
  );
});

describe('publications, while the processes that carry them out are killed a hundred times', () => {
  it.each([1, 2, 3, 4])(
    'leave the old table or the new one, and nothing beside them, from the seed %i',
    (seed) => publishThroughKills({ seed, kills: 25 }),
    900_000,
  );
});
