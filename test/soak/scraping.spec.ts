import { expectNoTrace, scrapeThroughKills } from '../fixtures/scrape-storm.js';

describe('scrapes, while the processes that make them are killed a hundred times', () => {
  it.each([51, 52, 53, 54, 55])(
    'leave the catalogue of those that nobody disturbed, from the seed %i',
    async (seed) => expectNoTrace(await scrapeThroughKills({ seed, kills: 20 })),
    600_000,
  );
});
