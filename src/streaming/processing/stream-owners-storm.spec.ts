import { streamBetweenOwners } from '../../../test/fixtures/window-owners.js';
import { expectUnharmedStreams } from '../../../test/fixtures/window-storm.js';

describe('streams, while the process that carries them on is frozen until another has taken over', () => {
  it('are in the hands of the other, and nothing is lost or doubled in any output', async () => {
    const after = await streamBetweenOwners({ seed: 11, freezes: 3, events: 3_000 });
    expectUnharmedStreams(after);
    expect(after.told).toBe(after.topic);
  });
});
