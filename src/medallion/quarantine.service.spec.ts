import { openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { DeltaModule } from '../delta/delta.module.js';
import { QuarantinedRowNotFoundError } from './medallion.errors.js';
import { MedallionModule } from './medallion.module.js';
import { QuarantineService } from './quarantine.service.js';
import type { QuarantineContext, QuarantinedRow } from './quarantine.types.js';
import { QuarantineQuery } from './quarantine/quarantine.schema.js';
import { QuarantineListing } from './quarantine/quarantine-listing.js';

const RUN = '6f1c1f8e-8a52-4f0e-9a53-0d5b6f0f3c11';
const aRow = (overrides: Partial<QuarantinedRow> = {}): QuarantinedRow => ({
  line: 3,
  text: '1;"two',
  rules: ['parse'],
  reason: 'a quote is not closed',
  ...overrides,
});
const CONTEXT: QuarantineContext = { dataset: 'bronze.houses', stage: 'load', source: 'houses', file: 'houses.csv', runId: RUN };

describe('QuarantineService', () => {
  let rooms: Rooms;
  beforeAll(async () => {
    rooms = await openRooms([MedallionModule, DeltaModule]);
  });
  afterAll(() => rooms.close());

  const put = (rows: Parameters<QuarantineService['put']>[0], context: Partial<QuarantineContext> = {}) =>
    rooms.module.get(QuarantineService).put(rows, { ...CONTEXT, ...context });
  const list = (query: Partial<QuarantineQuery> = {}) =>
    rooms.module.get(QuarantineListing).list({ ...QuarantineQuery.parse({}), ...query });

  it('keeps a row as received, with its place, what it broke and the run', async () => {
    await put([aRow()], { dataset: 'bronze.lines', batch: 'b1' });
    const { items } = await list({ dataset: 'bronze.lines' });
    expect(items).toEqual([
      {
        id: expect.any(String),
        status: 'open',
        dataset: 'bronze.lines',
        stage: 'load',
        source: 'houses',
        file: 'houses.csv',
        line: 3,
        text: '1;"two',
        row: null,
        rules: ['parse'],
        reason: 'a quote is not closed',
        batch: 'b1',
        run_id: RUN,
        quarantined_at: expect.stringMatching(/Z$/),
        replayed_at: null,
      },
    ]);
  });

  it('keeps values that JSON has no room for', async () => {
    const row = { big: 2n ** 60n, small: 2n, nan: NaN, at: new Date(0), bytes: Buffer.from('a'), nested: { list: [null, 1.5] } };
    await put([aRow({ text: undefined, row })], { dataset: 'bronze.values' });
    expect((await list({ dataset: 'bronze.values' })).items[0].row).toEqual({
      big: '1152921504606846976',
      small: 2,
      nan: 'NaN',
      at: '1970-01-01T00:00:00.000Z',
      bytes: 'YQ==',
      nested: { list: [null, 1.5] },
    });
  });

  it('keeps a batch once, however often it is put', async () => {
    const txn = { appId: 'load:houses:1', version: 1 };
    const first = await put([aRow(), aRow({ line: 4 })], { dataset: 'bronze.once', txn });
    const again = await put([aRow(), aRow({ line: 4 })], { dataset: 'bronze.once', txn });
    expect([first.rows, again.rows, (await list({ dataset: 'bronze.once' })).total]).toEqual([2, 0, 2]);
  });

  it('keeps nothing of rows that stop halfway', async () => {
    async function* broken(): AsyncGenerator<QuarantinedRow[]> {
      yield await Promise.resolve([aRow()]);
      throw new Error('the disk is gone');
    }
    await expect(put(broken(), { dataset: 'bronze.halfway' })).rejects.toThrow('the disk is gone');
    expect((await list({ dataset: 'bronze.halfway' })).total).toBe(0);
  });

  it('cuts text that is too long, and a row that is too large', async () => {
    await put([aRow({ text: 'x'.repeat(100_000), row: { large: 'y'.repeat(5_000_000) } })], { dataset: 'bronze.long' });
    const [{ text, row }] = (await list({ dataset: 'bronze.long' })).items;
    expect([text?.length, row]).toEqual([65_536, null]);
  });

  it('lists newest first, by page, and by what is asked for', async () => {
    await put([aRow({ line: 1 }), aRow({ line: 2 })], { dataset: 'bronze.paged', source: 'paged' });
    await put([aRow({ line: 9 })], { dataset: 'silver.paged', stage: 'build', source: 'paged', runId: undefined });
    const lines = async (query: Partial<QuarantineQuery>) => {
      const { items, total } = await list({ source: 'paged', ...query });
      return [total, items.map(({ line }) => line)];
    };
    expect(await lines({})).toEqual([3, [9, 1, 2]]);
    expect(await lines({ limit: 1, offset: 1 })).toEqual([3, [1]]);
    expect(await lines({ stage: 'load' })).toEqual([2, [1, 2]]);
    expect(await lines({ run: RUN, dataset: 'silver.paged' })).toEqual([0, []]);
    expect(await lines({ status: 'replayed' })).toEqual([0, []]);
  });

  it('finds one row, or says that there is none', async () => {
    await put([aRow()], { dataset: 'bronze.found' });
    const [item] = (await list({ dataset: 'bronze.found' })).items;
    const listing = rooms.module.get(QuarantineListing);
    expect(await listing.find(item.id)).toEqual(item);
    await expect(listing.find('nothing')).rejects.toThrow(new QuarantinedRowNotFoundError(['nothing']));
  });

  it('stays out of the catalogue', async () => {
    await put([aRow()]);
    await rooms.reopen();
    expect((await list({ dataset: 'bronze.houses' })).total).toBe(1);
  });
});
