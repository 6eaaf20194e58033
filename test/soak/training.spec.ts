import { trainThroughKills } from '../fixtures/training-storm.js';

describe('trainings, while the processes that carry them out are killed a hundred times', () => {
  it.each([1, 2, 3, 4, 5])(
    'each end in one whole version, from the seed %i',
    (seed) => trainThroughKills({ seed, kills: 20 }),
    600_000,
  );
});
