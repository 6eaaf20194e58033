import { streamThroughOutages } from '../../../test/fixtures/window-outages.js';
import { expectUnharmedStreams } from '../../../test/fixtures/window-storm.js';

describe('streams, while the PostgreSQL that they are kept in is killed', () => {
  it('leave the tables that a batch query makes of what is in the topic', async () => {
    expectUnharmedStreams(await streamThroughOutages({ seed: 5, kills: 4, events: 4_000 }));
  });
});
