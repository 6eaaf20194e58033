import { uploadThroughKills } from '../fixtures/upload-storm.js';

describe('a lab that is killed while it takes files and rows', () => {
  it('has each row once when it is back, in bronze or in quarantine', () => uploadThroughKills({ seed: 3, kills: 1 }));
});
