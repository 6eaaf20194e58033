import { expectToSurvive } from '../fixtures/delta-model.js';
import { openLake, type TestLake } from '../fixtures/lake.js';

describe('a table whose writer is killed a hundred times', () => {
  let lake: TestLake;
  beforeEach(async () => {
    lake = await openLake();
  });
  afterEach(() => lake.close());

  it.each([21, 22, 23, 24])(
    'holds what it was told, once, from the seed %i',
    async (seed) => expectToSurvive(lake, { kills: 25, seed }),
    600_000,
  );
});
