import { LandedTopics, until } from '../../test/fixtures/landed-topics.js';
import { DeltaService } from '../delta/delta.service.js';
import { bronzeOf } from './topic.types.js';

describe('LandingService', () => {
  let lab: LandedTopics;
  beforeAll(async () => {
    lab = await LandedTopics.open();
  });
  afterAll(() => lab.close());

  let topics = 0;
  const aTopic = async (overrides = {}): Promise<string> => (await lab.create({ name: `orders-${++topics}`, ...overrides })).name;
  const landed = (topic: string, rows: number): Promise<void> =>
    until(async () => (await lab.count(topic)) === rows, `${rows} rows`);

  it('lands messages as rows, with where they were', async () => {
    const topic = await aTopic();
    await lab.append(topic, [{ id: 1, name: 'São "Paulo"\n', paid: true, items: [1, { a: null }], none: null }], {
      key: 'k"1',
      timestamp: 1_700_000_000_123,
    });
    await landed(topic, 1);
    expect(await lab.query(topic, 'select * from t')).toEqual([
      {
        ...{ id: 1, name: 'São "Paulo"\n', paid: true, items: '[1,{"a":null}]' },
        ...{ _key: 'k"1', _partition: 0, _offset: 0n, _timestamp: new Date(1_700_000_000_123) },
      },
    ]);
    expect(await lab.get(DeltaService).history(bronzeOf(topic))).toMatchObject([{ operation: 'LANDING', rowsAdded: 1 }]);
  });
});
