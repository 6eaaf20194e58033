import { trainThroughKills } from '../../test/fixtures/training-storm.js';

describe('trainings whose process is killed', () => {
  it('each end in one whole version, and leave no other files', () => trainThroughKills({ seed: 7, kills: 2 }));
});
