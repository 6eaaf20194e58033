import { expectUnharmedStreams, streamThroughKills } from '../fixtures/window-storm.js';

describe('streams, while the process that carries them on is killed twenty-five times at random steps', () => {
  it.each([41, 42, 43, 44])(
    'leave the tables that a batch query makes of the same events, from the seed %i',
    async (seed) => expectUnharmedStreams(await streamThroughKills({ seed, kills: 25, events: 10_000 })),
    900_000,
  );
});
