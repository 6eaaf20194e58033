import { expectUnharmed, weather } from '../fixtures/pipeline-storm.js';

describe('random pipelines, while the processes that carry them out are killed a hundred times', () => {
  it.each([11, 12, 13, 14, 15])(
    'end as planned from the seed %i',
    async (seed) => expectUnharmed(await weather({ seed, runs: 150, kills: 20 })),
    600_000,
  );
});
