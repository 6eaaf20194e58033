import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import { InvalidChangeError, InvalidConstraintError, RowRuleError } from '../delta.errors.js';
import type { Commit, WriteRequest } from '../delta.types.js';

describe('constraints that are declared with the rows', () => {
  let lake: TestLake;
  let tables = 0;
  let table: string;
  beforeAll(async () => {
    lake = await openLake();
  });
  beforeEach(() => (table = `silver.declared_${++tables}`));
  afterAll(() => lake.close());

  const overwrite = (constraints: WriteRequest['constraints'], sql = 'SELECT i AS id FROM range(10) AS r(i)'): Promise<Commit> =>
    lake.delta.write(table, { mode: 'overwrite', query: { sql }, constraints });
  const declared = async (): Promise<Record<string, string>> => {
    const { constraints } = await lake.another().snapshot(table);
    return Object.fromEntries(constraints.map(({ name, condition }) => [name, condition]));
  };

  it('are the table’s from its first version on', async () => {
    await overwrite({ Few: '"id" < 50' });
    expect(await declared()).toEqual({ few: '"id" < 50' });
    const more = lake.another().write(table, { mode: 'append', query: { sql: 'SELECT 50::BIGINT AS id' } });
    await expect(more).rejects.toThrow('for 1 of them its constraint "few" (`id` < 50) is not true, such as {"id":50}');
  });

  it('come and go with the rows, in one commit, and stay while nobody speaks of them', async () => {
    await overwrite({});
    expect(await overwrite({ few: 'id < 50', known: 'id IS NOT NULL' })).toMatchObject({ version: 1 });
    await overwrite(undefined);
    expect(await declared()).toEqual({ few: 'id < 50', known: 'id IS NOT NULL' });
    await overwrite({ few: 'id < 100' }, 'SELECT 70::BIGINT AS id');
    expect(await declared()).toEqual({ few: 'id < 100' });
    await overwrite({}, 'SELECT 700::BIGINT AS id');
    expect(await declared()).toEqual({});
  });

  it('leave the version before as it was when a row breaks them', async () => {
    await overwrite({ few: 'id < 50' });
    await expect(overwrite({ few: 'id < 5' })).rejects.toThrow(RowRuleError);
    await expect(overwrite({ known: 'id > 0' }, 'SELECT NULL::BIGINT AS id')).rejects.toThrow('such as {"id":null}');
    expect(await lake.another().snapshot(table)).toMatchObject({ version: 0, rows: 10, constraints: [{ name: 'few' }] });
  });

  it('take none away that others set, and none of their names', async () => {
    await overwrite({});
    await lake.delta.setConstraint(table, 'theirs', 'id < 50');
    await overwrite({ ours: 'id >= 0', theirs: 'id < 50' });
    await overwrite({});
    expect(await declared()).toEqual({ theirs: 'id < 50' });
    await expect(overwrite({ theirs: 'id < 60' })).rejects.toThrow(InvalidConstraintError);
  });

  it('are refused where rows stay that nobody checked', async () => {
    const query = { sql: 'SELECT 1::BIGINT AS id' };
    const constraints = { few: 'id < 50' };
    await expect(lake.delta.write(table, { mode: 'append', query, constraints })).rejects.toThrow(InvalidChangeError);
    const part = { mode: 'overwrite', query, constraints, where: { sql: 'id = 1' } } as const;
    await expect(lake.delta.write(table, part)).rejects.toThrow(InvalidChangeError);
  });
});
