import { buildIntervalsThroughKills } from '../../test/fixtures/interval-storm.js';

describe('builds of intervals whose process is killed', () => {
  it('lose no row and double none', () => buildIntervalsThroughKills({ seed: 5, kills: 3 }));
});
