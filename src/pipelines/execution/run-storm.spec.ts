import { expectUnharmed, weather } from '../../../test/fixtures/pipeline-storm.js';

describe('fifty runs of random pipelines, while the processes that carry them out are killed', () => {
  it('end as planned: none is stuck, no slot is lost, no attempt is made twice', async () => {
    expectUnharmed(await weather({ seed: 3, runs: 50, kills: 4 }));
  });
});
