import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import { UnsupportedFeatureError } from '../delta.errors.js';
import { type Action, serialiseActions } from '../log/action.js';
import { arrayOf, type DeltaType, mapOf, type StructField, structOf } from './delta-type.js';
import { serialiseSchema } from './table-schema.js';

/** A column that is called by its second name in files. */
const renamed = (name: string, physical: string, type: DeltaType = 'long'): StructField => ({
  ...{ name, type, nullable: true },
  metadata: { 'delta.columnMapping.id': 1, 'delta.columnMapping.physicalName': physical },
});

describe('a table whose columns got other names', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openLake();
  });
  afterAll(() => lake.close());

  const FIELDS = [
    renamed('the id', 'c1'),
    renamed('city', 'c2', 'string'),
    renamed('point', 'c3', structOf([renamed('x', 'c4'), renamed('y z', 'c5', 'string')])),
    renamed('list', 'c6', arrayOf(structOf([renamed('deep', 'c7', arrayOf('string'))]))),
    renamed('by name', 'c8', mapOf('string', structOf([renamed('value', 'c9')]))),
    renamed('later', 'c10'),
  ];
  /** Files of a row each, with the names that the columns had first. */
  const aTable = async (table: string, rows: readonly string[], configuration = 'name'): Promise<void> => {
    const folder = await lake.storage.stage();
    const adds: Action[] = [];
    for (const [index, sql] of rows.entries()) {
      const { files } = await lake.sql.materialise({ sql }, folder);
      await lake.storage.adopt(files[0].file, `${table.replace('.', '/')}/${index}.parquet`);
      const stats = JSON.stringify({ numRecords: 1, minValues: { c1: index }, maxValues: { c1: index }, nullCount: { c1: 0 } });
      const partitionValues = { c2: index === 0 ? 'São Paulo' : null };
      adds.push({ add: { path: `${index}.parquet`, partitionValues, size: 1, modificationTime: 0, dataChange: true, stats } });
    }
    await lake.storage.discard(folder);
    const actions: Action[] = [
      { protocol: { minReaderVersion: 2, minWriterVersion: 5 } },
      {
        metaData: {
          ...{ id: 'i', format: { provider: 'parquet', options: {} }, schemaString: serialiseSchema(FIELDS) },
          ...{ partitionColumns: ['city'], configuration: { 'delta.columnMapping.mode': configuration } },
        },
      },
      ...adds,
    ];
    await lake.storage.create(
      `${table.replace('.', '/')}/_delta_log/${'0'.repeat(20)}.json`,
      Buffer.from(serialiseActions(actions)),
    );
  };
  const FULL =
    "SELECT 0::BIGINT AS c1, {'c4': 1::BIGINT, 'c5': 'é'} AS c3, [{'c7': ['a', NULL]}, NULL] AS c6, MAP {'k': {'c9': 5::BIGINT}} AS c8";
  const EMPTY = `SELECT 1::BIGINT AS c1, nullif(c3, c3) AS c3, nullif(c6, c6) AS c6, nullif(c8, c8) AS c8 FROM (${FULL})`;

  it('is read by those that they have now, at every depth, partition values too', async () => {
    await aTable('silver.renamed', [FULL, EMPTY]);
    expect(await lake.query('silver.renamed', 'SELECT * FROM t ORDER BY ALL')).toEqual([
      {
        ...{ 'the id': 0n, city: 'São Paulo', point: { x: 1n, 'y z': 'é' }, later: null },
        ...{ list: [{ deep: ['a', null] }, null], 'by name': { k: { value: 5n } } },
      },
      { 'the id': 1n, city: null, point: null, list: null, 'by name': null, later: null },
    ]);
    expect((await lake.delta.snapshot('silver.renamed')).files[0].partitionValues).toEqual({ city: 'São Paulo' });
  });

  it.each(['"the id" = 1', 'city IS NULL'])('skips files by their statistics under the first names: %s', async (sql) => {
    await aTable(`silver.skipped_${sql.length}`, [FULL, EMPTY]);
    const relation = await lake.delta.relation(await lake.delta.snapshot(`silver.skipped_${sql.length}`), { sql });
    expect(await lake.sql.rows({ sql: 'SELECT "the id" FROM t', tables: { t: relation } })).toEqual([{ 'the id': 1n }]);
  });

  it('is not written, by the name of the feature', async () => {
    await aTable('silver.kept', [FULL]);
    const writing = lake.delta.write('silver.kept', { mode: 'append', query: { sql: 'SELECT 1' } });
    await expect(writing).rejects.toThrow(UnsupportedFeatureError);
    await expect(writing).rejects.toThrow('it uses columnMapping');
  });
});
