import { mergeInS3ThroughKills } from '../fixtures/s3-merge-storm.js';

describe('a process that merges batches into a table in S3', () => {
  it(
    'has merged each of them once, at whatever requests it is killed',
    () => mergeInS3ThroughKills({ seed: 6, kills: 6 }),
    600_000,
  );
});
