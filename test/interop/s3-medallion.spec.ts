import { openRoomsWith } from '../fixtures/rooms.js';
import { S3Server } from './servers/s3-server.js';

const server = await S3Server.start();
afterAll(async () => {
  openRoomsWith(undefined);
  await server.stop();
});

let buckets = 0;
openRoomsWith(() => ({ lakeBucket: server.config(`rooms-${++buckets}`, 'lake') }));

// The suites of the rooms on disk, to the letter: builds by time, by key and of histories, plans, late rows, quarantine, publications.
await import('../../src/medallion/build.service.spec.js');
await import('../../src/medallion/building/incremental-build.spec.js');
await import('../../src/medallion/building/keyed-build.spec.js');
await import('../../src/medallion/planning/plan.service.spec.js');
await import('../../src/medallion/quarantine.service.spec.js');
await import('../../src/medallion/quarantine/build-quarantine.spec.js');
await import('../../src/medallion/quarantine/replay.service.spec.js');
await import('../../src/medallion/warehouse/table-publisher.spec.js');
await import('../../src/medallion/warehouse/warehouse.service.spec.js');
