import { expectUnharmedStreams, streamThroughKills } from '../../../test/fixtures/window-storm.js';

describe('streams, while the process that carries them on is killed', () => {
  it('leave the tables that a batch query makes of the same events', async () => {
    expectUnharmedStreams(await streamThroughKills({ seed: 7, kills: 2, events: 1_500 }));
  });
});
