import { openLake, type TestLake } from '../../test/fixtures/lake.js';
import { mergeThroughKills } from '../../test/fixtures/merge-storm.js';

describe('a process that merges batches into a table', () => {
  let lake: TestLake;
  beforeEach(async () => {
    lake = await openLake();
  });
  afterEach(() => lake.close());

  it('has merged each of them once, at whatever writes it is killed', () =>
    mergeThroughKills(lake, { seed: 3, kills: 8, dooms: [(at) => ({ write: 1 + Math.floor(at * 60) })] }));
});
