import { expectEachOnce, loadThroughKills } from '../../test/fixtures/load-storm.js';

describe('loads and replays whose process is killed', () => {
  it('leave each row once, in bronze or in quarantine', async () =>
    expectEachOnce(await loadThroughKills({ seed: 5, kills: 2 })));
});
