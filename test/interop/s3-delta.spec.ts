import { openLakesOn } from '../fixtures/lake.js';
import { S3Server } from './servers/s3-server.js';

const server = await S3Server.start();
afterAll(async () => {
  openLakesOn(undefined);
  await server.stop();
});

let buckets = 0;
openLakesOn(() => {
  const bucket = `lake-${++buckets}`;
  return { settings: server.settings(bucket), folder: server.lakeFolder(bucket) };
});

// The suites of the tables on disk, to the letter.
await import('../../src/delta/delta.service.spec.js');
await import('../../src/delta/deletion/deleted-rows.spec.js');
await import('../../src/delta/merge/row-merge.spec.js');
await import('../../src/delta/write/row-changes.spec.js');
await import('../../src/delta/write/row-write.spec.js');
await import('../../src/delta/write/transactions.spec.js');
await import('../../src/delta/maintenance/maintenance.spec.js');
await import('../../src/delta/log/table-log.spec.js');
