import { expectToSurvive } from '../fixtures/delta-model.js';
import { openLake, type TestLake } from '../fixtures/lake.js';
import { mergeThroughKills } from '../fixtures/merge-storm.js';
import { mergeInS3ThroughKills } from '../fixtures/s3-merge-storm.js';

describe('a table that batches are merged into, while the processes that merge are killed a hundred times', () => {
  it.each([61, 62, 63, 64])(
    'holds each batch once, from the seed %i',
    async (seed) => {
      const lake = await openLake();
      try {
        await mergeThroughKills(lake, { seed, kills: 25, dooms: [(at) => ({ write: 1 + Math.floor(at * 60) })] });
      } finally {
        await lake.close();
      }
    },
    900_000,
  );

  it.each([65, 66, 67, 68])(
    'holds each batch once in S3, from the seed %i',
    (seed) => mergeInS3ThroughKills({ seed, kills: 25 }),
    1_800_000,
  );
});

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
