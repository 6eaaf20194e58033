import { buildThroughKills } from '../../test/fixtures/build-storm.js';

describe('builds whose process is killed', () => {
  it('leave the old version or the new one, and nothing twice', () => buildThroughKills({ seed: 3, kills: 3 }));
});
