import { mulberry32 } from '../../../test/fixtures/delta-model.js';
import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import { SqlError } from '../../engines/sql/sql.errors.js';
import type { Predicate, SqlValue } from '../../engines/sql/sql.port.js';
import type { StructField } from '../schema/delta-type.js';
import { fileStatistics } from '../schema/file-statistics.js';
import { partitionValue } from '../schema/partition-values.js';
import { typeToSql } from '../schema/sql-type.js';
import { type DescribedFile, fileFilter } from './file-filter.js';

const DRAWS = 200;

/** Values of each type, as SQL has them. A column has the name of its type. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  string: ['', '5', '05', '1.50', '2024-01-15', '2024-1-15', '2024-01-15T10:00:00', '2024-01-15 10:00:00+02', 'true', 'Ü', 'ü'],
  date: ['2024-01-14', '2024-01-15', '2024-01-16'],
  timestamp: ['2024-01-14 23:30:00+00', '2024-01-15 00:00:00+00', '2024-01-15 10:00:00+00', '2024-01-15 10:00:00.0005+00'],
  timestamp_ntz: ['2024-01-15 00:00:00', '2024-01-15 10:00:00', '2024-01-15 10:00:00.0005'],
  long: ['-1', '0', '1', '5', '9007199254740993'],
  integer: ['-1', '0', '1', '5', '20240115'],
  double: ['-inf', '-0.0', '0.1', '1.5', '5', 'nan', 'inf'],
  'decimal(10,2)': ['-1.50', '0.50', '1.50', '5.00'],
  'decimal(20,2)': ['1.50', '5.00'],
  boolean: ['false', 'true'],
};
const TIMES = [
  ...['2024-01-15', '2024-01-15 00:00:00', '2024-01-15 10:00:00', '2024-01-15T10:00:00', '2024-01-15 10:00:00.0005'],
  ...['2024-01-15 12:00:00+02', '2024-01-15 24:00:00', '2024-1-15', '2024-01-15 00:00:00.0005'],
];
const CONSTANTS = [
  ...['5', '1', '0', '-1', '5.4', '1.5', '1.50', '1.4999', '1.501', '1e0', '5e0', '9007199254740993', '99999999999999999999'],
  ...["'5'", "'05'", "'5.4'", "'1.501'", "'1.5'", "'true'", "'Ü'", "'ü'", "''", "'nan'", "'u' COLLATE NOACCENT", 'true', 'false'],
  ...['5::DOUBLE', "'5'::INTEGER", '5.4::INTEGER', 'NULL', "CAST('2024-01-15 10:00:00' AS DATE)", "DATE '2024-01-15'"],
  ...TIMES.flatMap((time) => [`'${time}'`, `TIMESTAMP '${time}'`, `TIMESTAMPTZ '${time}'`]),
];
const PARAMETERS: readonly SqlValue[] = [
  ...[5, 5.4, 1.5, 1.501, 5n, 9007199254740993n, true, '5', '5.4', 'ü', '2024-01-15', '2024-01-15 10:00:00', '2024-1-15'],
  ...[new Date('2024-01-15'), new Date('2024-01-15T10:00:00Z'), new Date('2024-01-15T00:00:00.001Z'), null],
];

const COMPARISONS = ['=', '<', '<=', '>', '>=', '<>'];

const FIELDS: readonly StructField[] = Object.keys(VALUES).map((type) => ({ name: type, type, nullable: true, metadata: {} }));

/** A file of one row, once with the value in its statistics and once as its partition's. */
function filesOf({ name, type }: StructField, text: string): { stored: DescribedFile; partitioned: DescribedFile } {
  const hasNan = text === 'nan';
  const statistics = { [name]: { ...(hasNan ? {} : { min: text, max: text }), nulls: 0, hasNan } };
  const stats = fileStatistics({ file: '', rows: 1, bytes: 1, partition: {}, statistics }, FIELDS);
  return { stored: { partitionValues: {}, stats }, partitioned: { partitionValues: { [name]: partitionValue(type, text) } } };
}

/** A column against one or two constants, or one value that is bound. */
function aComparison(random: () => number): Predicate & { readonly field: StructField } {
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)];
  const field = one(FIELDS);
  const isBound = random() < 0.3;
  const [left, right] = isBound ? ['$1', '$1'] : [one(CONSTANTS), one(CONSTANTS)];
  const column = `"${field.name}"`;
  const sql = one([
    ...COMPARISONS.map((comparison) => `${column} ${comparison} ${left}`),
    ...COMPARISONS.map((comparison) => `${left} ${comparison} ${column}`),
    ...[`${column} IN (${left}, ${right})`, `${column} BETWEEN ${left} AND ${right}`],
  ]);
  return { field, sql, parameters: isBound ? [one(PARAMETERS)] : [] };
}

describe('a file that may be left out', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openLake();
  });
  afterAll(() => lake.close());

  /** The values for which a condition is true; undefined for one that cannot be asked of the column. */
  const fulfilling = async ({ name, type }: StructField, { sql, parameters }: Predicate): Promise<unknown[] | undefined> => {
    const rows = VALUES[name].map((text) => `('${text}')`).join(', ');
    const column = `CAST(nullif(text, '') AS ${typeToSql(type, name)}) AS "${name}"`;
    const query = `SELECT text FROM (SELECT text, ${column} FROM (VALUES ${rows}) AS v(text)) WHERE ${sql}`;
    try {
      return (await lake.sql.rows({ sql: query, parameters })).map(({ text }) => text);
    } catch (error) {
      if (error instanceof SqlError) return undefined;
      throw error;
    }
  };

  it('holds no row for which a condition is true, whatever that compares a column with', async () => {
    const random = mulberry32(7);
    const wrong: string[] = [];
    let leftOut = 0;
    for (let draw = 0; draw < DRAWS; draw++) {
      const { field, ...predicate } = aComparison(random);
      const found = await fulfilling(field, predicate);
      if (!found) continue;
      const condition = await lake.sql.condition(predicate);
      const without = VALUES[field.name].flatMap((text) => {
        const { stored, partitioned } = filesOf(field, text);
        const kept = fileFilter(condition, FIELDS, [])(stored) && fileFilter(condition, FIELDS, [field.name])(partitioned);
        return kept ? [] : [text];
      });
      leftOut += without.length;
      const lost = without.filter((text) => found.includes(text));
      if (lost.length > 0) wrong.push(`${predicate.sql} with ${predicate.parameters}: ${lost.join(', ')}`);
    }
    expect(wrong).toEqual([]);
    expect(leftOut).toBeGreaterThan(DRAWS / 4);
  });
});
