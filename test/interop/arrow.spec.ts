import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QueryApp } from '../fixtures/query-app.js';
import { PythonEnvironment } from './servers/python-environment.js';

const PACKAGES = ['pyarrow==23.0.1', 'pandas==3.1.1', 'polars==2.1.0', 'duckdb==1.5.5'];
const COMPARE = join(import.meta.dirname, 'arrow', 'compare.py');

/** A value of every type. */
const EVERYTHING = `true AS a_boolean, (-1)::TINYINT AS a_tinyint, (-2)::SMALLINT AS a_smallint, 3 AS an_integer,
  9007199254740993 AS a_bigint, 255::UTINYINT AS a_utinyint, 65535::USMALLINT AS a_usmallint, 4294967295::UINTEGER AS a_uinteger,
  18446744073709551615::UBIGINT AS a_ubigint, (-12345678901234567890123456789012345678)::HUGEINT AS a_hugeint,
  7::UHUGEINT AS a_uhugeint, '123456789012345678901234567890123456789012345'::BIGNUM AS a_bignum, 'NaN'::FLOAT AS a_float,
  '-Infinity'::DOUBLE AS a_double, (-1.5)::DECIMAL(4,1) AS a_small_decimal, 1.5::DECIMAL(9,1) AS a_decimal,
  (-1.5)::DECIMAL(18,3) AS a_long_decimal, (-12345678901234567890.5)::DECIMAL(38,3) AS a_wide_decimal,
  'São "Paulo" 😀' || chr(10) AS a_text, '' AS an_empty_text, '\\xAA\\x00'::BLOB AS a_blob, ''::BLOB AS an_empty_blob,
  DATE '1960-02-29' AS a_date, TIME '12:34:56.000001' AS a_time, '01:34:56+02'::TIMETZ AS a_zoned_time,
  TIMESTAMP '1960-01-01 00:00:00.000001' AS a_timestamp, TIMESTAMPTZ '1960-01-01 00:00:00.5+02' AS a_zoned_timestamp,
  TIMESTAMP_S '1960-01-01 00:00:01' AS seconds, TIMESTAMP_MS '1960-01-01 00:00:00.001' AS milliseconds,
  TIMESTAMP_NS '1960-01-01 00:00:00.123456789' AS nanoseconds, '8d8ac610-566d-4ef0-9c22-186b2a5ed793'::UUID AS a_uuid,
  '{"a": 1}'::JSON AS a_json, '101'::BIT AS a_bit, 'x'::ENUM('x', 'y') AS an_enum, [1, NULL, 3] AS a_list,
  []::VARCHAR[] AS an_empty_list, [1, NULL]::INT[2] AS an_array, [['a'], NULL, []] AS lists,
  {'a': 1, 'y z': {'at': [TIMESTAMP '1969-07-20 20:17:40']}, 'none': NULL::DATE} AS a_struct, MAP {'k': 1.5::DOUBLE, 'l': NULL} AS a_map,
  MAP {}::MAP(INTEGER, DECIMAL(5,1)) AS an_empty_map, [{'x': 1, 'y': [2::HUGEINT]}, NULL] AS structs, NULL AS nothing`;

interface Compared {
  readonly rows: number;
  readonly batches: number;
  readonly columns: boolean;
  readonly types: Readonly<Record<string, readonly [arrow: string, parquet: string]>>;
  readonly values: readonly string[];
  readonly interval: string | null;
}

describe('pyarrow reads a result in Arrow as it reads the same in Parquet:', () => {
  let app: QueryApp;
  let python: PythonEnvironment;
  beforeAll(async () => {
    [app, python] = await Promise.all([QueryApp.open(), PythonEnvironment.open('arrow', PACKAGES)]);
  }, 600_000);
  afterAll(() => app?.close());

  async function compared(sql: string): Promise<Compared> {
    const files = ['arrow', 'parquet'].map(async (format) => {
      const response = await app.fetch('/api/v1/sql', { sql, format });
      const file = join(app.folder, `result.${format}`);
      await writeFile(file, Buffer.from(await response.arrayBuffer()));
      return file;
    });
    return python.run<Compared>(COMPARE, ...(await Promise.all(files)));
  }

  const alike = (rows: number) => ({
    ...{ rows, columns: true, types: {}, values: [] },
    ...{ polars: rows, pandas: rows, duckdb: rows },
  });

  it('every type', async () => {
    expect(await compared(`SELECT ${EVERYTHING}`)).toMatchObject(alike(1));
  });

  it('no value of each, in many batches', async () => {
    const sql = `SELECT v.*, i FROM range(40_000) AS r(i) LEFT JOIN (SELECT ${EVERYTHING}, 0 AS k) AS v ON i % 3 = k ORDER BY i`;
    const found = await compared(sql);
    expect(found).toMatchObject(alike(40_000));
    expect(found.batches).toBeGreaterThan(2);
  });

  it('no row', async () => {
    expect(await compared(`SELECT * FROM (SELECT ${EVERYTHING}) WHERE false`)).toMatchObject(alike(0));
  });

  it('but for an interval, of which Parquet makes twelve bytes', async () => {
    const { types, interval } = await compared(
      "SELECT 1 AS an_integer, '' AS a_text, INTERVAL '2 months 3 days 4.5 s' AS an_interval",
    );
    expect([types, interval]).toEqual([
      { an_interval: ['month_day_nano_interval', 'fixed_size_binary[12]'] },
      'MonthDayNano(months=2, days=3, nanoseconds=4500000000)',
    ]);
  });
});
