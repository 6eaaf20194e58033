import { publishThroughKills } from '../../../test/fixtures/publish-storm.js';

describe('publications whose process is killed', () => {
  it('leave the old table or the new one, and nothing beside them', () => publishThroughKills({ seed: 5, kills: 3 }));
});
