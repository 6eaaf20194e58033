import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { aTaskRun, openRooms, type Rooms } from '../../../test/fixtures/rooms.js';
import { StreamLog } from '../../engines/stream/stream.port.js';
import { DeadLettersModule } from '../dead-letters.module.js';
import { DeadLettersService } from '../dead-letters.service.js';
import { TopicsService } from '../topics.service.js';
import { LetterReplay } from './letter-replay.js';

const FIXTURES = join(import.meta.dirname, '../../../test/fixtures');
const TOPIC = 'killed';
const LETTERS = Array.from({ length: 350 }, (_, n) => n);
const FOREIGN = 1_000;

const valueOf = (n: number): Buffer => Buffer.from(JSON.stringify({ n }));

describe('a replay of dead letters whose process is killed', () => {
  let rooms: Rooms;
  beforeAll(async () => {
    rooms = await openRooms([DeadLettersModule], { 'pipelines/houses.yaml': undefined });
  });
  afterAll(() => rooms.close());

  const log = () => rooms.module.get<StreamLog>(StreamLog);

  /** @param nth append at which it dies, in its very middle as far as anybody can tell */
  async function replayAndDie(nth: number, moment: 'before' | 'behind'): Promise<void> {
    const script = ['--import', join(FIXTURES, 'typescript.js'), join(FIXTURES, 'replay-process.ts')];
    const args = [rooms.databaseUrl, rooms.workspace, TOPIC, String(nth), moment];
    const child = spawn(process.execPath, [...script, ...args], { stdio: 'inherit' });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  }

  /** As if it had died long ago: nothing of it is on its way any more. */
  const letTimePass = () =>
    rooms.module.get(DataSource).query(`update lab.dead_letter_sendings set begun_at = now() - interval '1 minute'`);

  it('has sent each letter once in the end, among messages of others', async () => {
    await rooms.module.get(TopicsService).create({ name: TOPIC, land: false });
    const about = { partition: 0, key: null, headers: {}, timestamp: Date.now() };
    const letters = LETTERS.map((n) => ({ message: { ...about, offset: n, value: valueOf(n) }, reason: 'no', by: 'landing' }));
    await rooms.module.get(DeadLettersService).put(TOPIC, letters);

    for (const [nth, moment] of [
      [2, 'behind'],
      [1, 'before'],
      [1, 'behind'],
    ] as const) {
      await replayAndDie(nth, moment);
      await log().append(TOPIC, [{ key: null, value: valueOf(FOREIGN) }]);
      await letTimePass();
    }
    await rooms.module.get(LetterReplay).replay({ topic: TOPIC }, aTaskRun());

    const messages = await log().read({ topic: TOPIC, partition: 0, offset: 0, limit: 10_000 });
    const numbers = messages.map(({ value }) => (JSON.parse(String(value)) as { n: number }).n).sort((a, b) => a - b);
    expect(numbers).toEqual([...LETTERS, FOREIGN, FOREIGN, FOREIGN]);
  });
});
