import { expectEachLandedOnce, landThroughKills } from '../../test/fixtures/landing-storm.js';

it('a landing that is killed at any moment leaves each message once', async () =>
  expectEachLandedOnce(await landThroughKills({ seed: 61, kills: 2 })));
