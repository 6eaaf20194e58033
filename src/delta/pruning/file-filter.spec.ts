import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import type { DeltaType, StructField } from '../schema/delta-type.js';
import { type DescribedFile, fileFilter } from './file-filter.js';

const aField = (name: string, type: DeltaType): StructField => ({ name, type, nullable: true, metadata: {} });
const FIELDS = [
  aField('Id', 'long'),
  aField('price', 'decimal(10,2)'),
  aField('share', 'double'),
  aField('name', 'string'),
  aField('day', 'date'),
  aField('moment', 'timestamp'),
  aField('wide', 'decimal(38,2)'),
  aField('country', 'string'),
  aField('year', 'integer'),
];
const aFile = (overrides: Partial<DescribedFile> = {}): DescribedFile => ({
  partitionValues: { country: 'Österreich', year: '2024' },
  stats: JSON.stringify({
    numRecords: 10,
    minValues: { Id: 10, price: 1.5, share: 0.1, name: 'b', day: '2024-02-01', moment: '2024-02-01T00:00:00.123Z', wide: 1 },
    maxValues: { Id: 20, price: 9.5, share: 0.9, name: 'ü', day: '2024-02-29', moment: '2024-02-29T00:00:00.123Z', wide: 2 },
    nullCount: { Id: 0, price: 10, share: 3 },
  }),
  ...overrides,
});

describe('a file may hold rows for', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openLake();
  });
  afterAll(() => lake.close());

  const mayHold = async (sql: string, parameters: (string | number | bigint | Date)[] = [], file = aFile()): Promise<boolean> =>
    fileFilter(await lake.sql.condition({ sql, parameters }), FIELDS, ['country', 'year'])(file);

  it.each([
    'id = 10',
    'id >= 20',
    '15 < id',
    'id BETWEEN 20 AND 30',
    'id IN (1, 2, 15)',
    "id = 5 OR name = 'c'",
    'id < 5.5 OR id > 19.5',
    'share IS NULL',
    // Not every writer counts NaN, which is greater than every number.
    'share > 5',
    "name > 'z'",
    "day = DATE '2024-02-29'",
    "moment > TIMESTAMPTZ '2024-02-29 00:00:00.1234+00'",
    'wide > 100',
    'NOT (id = 15)',
    'id <> 15',
    'id + 1 = 500',
    "country = 'Österreich' AND year = 2024",
    'nowhere = 3',
    // Rows with the text "2024-1-15" are equal to it.
    "name = DATE '2024-01-15'",
    "name < TIMESTAMP '2024-01-15 10:00:00'",
    "name IN ('05', 5)",
    "country = DATE '2024-01-15'",
    // A DATE drops the time of day.
    "day >= '2024-02-29 10:00:00'",
    "day = '2024-02-29T10:00:00'",
    "day IN ('2024-02-29 10:00:00')",
    "day BETWEEN '2024-02-29 10:00:00' AND '2024-03-01'",
    "moment >= CAST('2024-02-29 10:00:00' AS DATE)",
    "day < TIMESTAMP '2024-02-01 00:00:00.0005'",
    "moment > TIMESTAMPTZ '2024-02-29 10:00:00+12'",
  ])('%s', async (sql) => expect(await mayHold(sql)).toBe(true));

  it.each([
    'id = 9',
    'id > 20',
    '21 <= id',
    'id BETWEEN 21 AND 30',
    'id IN (1, 2, 21)',
    "id = 5 OR name = 'a'",
    'id = 15 AND id = 5',
    'share < 0.1',
    'id IS NULL',
    'price = 3',
    'price IS NOT NULL',
    "name < 'b'",
    "day > DATE '2024-02-29'",
    "day < '2024-02-01'",
    "day >= TIMESTAMP '2024-02-29 10:00:00'",
    "moment > DATE '2024-03-01'",
    "moment > TIMESTAMPTZ '2024-02-29 00:00:00.125+00'",
    "country = 'Osterreich'",
    'year < 2024',
    'country IS NULL',
  ])('but not %s', async (sql) => expect(await mayHold(sql)).toBe(false));

  it('a value that is bound', async () => {
    expect(await mayHold('id = $1 OR day > $2', [21, new Date('2024-03-01')])).toBe(false);
    expect(await mayHold('id = $1 OR day > $2', [20n, new Date('2024-03-01')])).toBe(true);
    expect(await mayHold('name = $1', [new Date('2024-03-01')])).toBe(true);
    expect(await mayHold('day >= $1', ['2024-02-29 10:00:00'])).toBe(true);
  });

  it('anything, when it has no statistics', async () => {
    expect(await mayHold('id = 9', [], aFile({ stats: undefined }))).toBe(true);
    expect(await mayHold('id = 9', [], aFile({ stats: '{"numRecords":3}' }))).toBe(true);
  });

  it('a number past 2^53 that its statistics do not tell to the last digit', async () => {
    const file = aFile({ stats: '{"numRecords":1,"minValues":{"Id":9007199254740993},"maxValues":{"Id":9007199254740993}}' });
    expect(await mayHold('id = $1', [9007199254740993n], file)).toBe(true);
  });

  it('a missing partition value alone, where it has none', async () => {
    const file = aFile({ partitionValues: { country: null, year: '' } });
    expect(await mayHold('country IS NULL AND year IS NULL', [], file)).toBe(true);
    expect(await mayHold("country = 'NULL'", [], file)).toBe(false);
  });
});
