import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import { CommitConflictError, InvalidChangeError, StaleWriterError } from '../delta.errors.js';
import type { Transaction, WriteRequest } from '../delta.types.js';

describe('transactions of one commit', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openLake();
  });
  afterAll(() => lake.close());

  let tables = 0;
  const aTable = (): string => `bronze.moved_${++tables}`;
  const step = (appId: string, previous: number | null, version: number): Transaction => ({ appId, previous, version });
  const append = (table: string, txn: WriteRequest['txn'], others: Partial<WriteRequest> = {}) =>
    lake.delta.write(table, { mode: 'append', query: { sql: 'SELECT 1 AS n' }, txn, ...others });
  const rowsOf = async (table: string): Promise<number> => (await lake.delta.snapshot(table)).rows;

  it('are recorded together, and go with the rows', async () => {
    const table = aTable();
    await append(table, [step('a', null, 5), step('b', null, 7)]);
    await append(table, [step('a', 5, 9), step('c', null, 1)]);
    const { txns } = await lake.another().snapshot(table);
    expect(Object.fromEntries(txns)).toEqual({ a: 9, b: 7, c: 1 });
  });

  it('stand in checkpoints', async () => {
    const table = aTable();
    for (let version = 0; version < 12; version++) {
      const previous = version === 0 ? null : version - 1;
      await append(table, [step('a', previous, version), step('b', previous, version)]);
    }
    const { txns } = await lake.another().snapshot(table);
    expect(Object.fromEntries(txns)).toEqual({ a: 11, b: 11 });
  });

  it('are skipped when all of them are recorded already', async () => {
    const table = aTable();
    const both = [step('a', null, 5), step('b', null, 7)];
    await append(table, both);
    expect(await append(table, both)).toMatchObject({ skipped: true, version: 0 });
    expect(await rowsOf(table)).toBe(1);
  });

  it.each<[string, Transaction[]]>([
    ['somebody went further', [step('a', 2, 4)]],
    ['somebody went less far', [step('a', 4, 8)]],
    ['nothing is recorded where something should be', [step('b', 1, 2)]],
    ['something is recorded where nothing should be', [step('a', null, 4)]],
    ['one of several was overtaken', [step('b', null, 1), step('a', 2, 4)]],
    ['one of several is recorded already', [step('b', null, 1), step('a', 1, 3)]],
  ])('are refused when %s, and nothing is left', async (_, txn) => {
    const table = aTable();
    await append(table, step('a', null, 3));
    await expect(append(table, txn)).rejects.toThrow(StaleWriterError);
    expect([await rowsOf(table), (await lake.storage.list(`${table.replace('.', '/')}/part`)).length]).toEqual([1, 1]);
  });

  it('are refused when they are overtaken while the rows are written', async () => {
    const table = aTable();
    await append(table, step('a', null, 3));
    const rival = async (): Promise<undefined> => void (await append(table, step('a', 3, 4)));
    await expect(append(table, [step('a', 3, 9), step('b', null, 1)], { inspect: rival })).rejects.toThrow(StaleWriterError);
    expect(await rowsOf(table)).toBe(2);
  });

  it('are refused when they are overtaken in a table that both were about to make', async () => {
    const table = aTable();
    const rival = async (): Promise<undefined> => void (await append(table, step('a', null, 4)));
    await expect(append(table, step('a', null, 9), { inspect: rival })).rejects.toThrow(StaleWriterError);
    expect(await rowsOf(table)).toBe(1);
  });

  it('go side by side with those of other applications', async () => {
    const table = aTable();
    await append(table, [step('a', null, 3), step('b', null, 3)]);
    const other = async (): Promise<undefined> => void (await append(table, step('b', 3, 6)));
    await append(table, step('a', 3, 9), { inspect: other });
    expect(Object.fromEntries((await lake.delta.snapshot(table)).txns)).toEqual({ a: 9, b: 6 });
  });

  it('may go back, when they say from where, and then on again', async () => {
    const table = aTable();
    await append(table, step('a', null, 9));
    const txn = step('a', 9, 4);
    expect(await lake.delta.delete(table, { where: { sql: 'n = 1' }, txn })).toMatchObject({ skipped: false, rowsRemoved: 1 });
    await append(table, step('a', 4, 9));
    expect([await rowsOf(table), (await lake.delta.snapshot(table)).txns.get('a')]).toEqual([1, 9]);
  });

  it('without a word of what they follow, all or none of several are skipped', async () => {
    const table = aTable();
    await append(table, [
      { appId: 'a', version: 1 },
      { appId: 'b', version: 1 },
    ]);
    const partly = [
      { appId: 'a', version: 1 },
      { appId: 'c', version: 1 },
    ];
    await expect(append(table, partly)).rejects.toThrow('has version 1 recorded for "a", and an older one was expected');
    const rival = async (): Promise<undefined> => void (await append(table, { appId: 'c', version: 3 }));
    await expect(append(table, { appId: 'c', version: 9 }, { inspect: rival })).rejects.toThrow(CommitConflictError);
  });

  it('name each application once', async () => {
    await expect(append(aTable(), [step('a', null, 1), step('a', 1, 2)])).rejects.toThrow(InvalidChangeError);
  });
});
