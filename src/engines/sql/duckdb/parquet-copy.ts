import { type DuckDBConnection, type DuckDBPreparedStatement, type DuckDBResult, DuckDBTypeId } from '@duckdb/node-api';
import { castList, type ResultColumn, storable } from '../formats/column-casts.js';
import { SqlError } from '../sql.errors.js';
import type { Column } from '../sql.port.js';
import { parquet } from './relation-sql.js';
import { typeName } from './result-chunk.js';
import { quoteName, quoteText } from './sql-text.js';

/** A table of this size is read in parallel and pruned by its statistics, and still moves in one piece. */
const FILE_BYTES = 128 * 1024 * 1024;

/**
 * Values of a column in a row group beyond which it has no dictionary. Looking for one costs more the longer it is looked for;
 * DuckDB does until 24,576, a fifth of its rows.
 */
const DICTIONARY_VALUES = 13_000;

/** The columns that a statement gives; undefined when they hang on the values of its parameters. */
export function preparedColumns(statement: DuckDBPreparedStatement): ResultColumn[] | undefined {
  const indexes = Array.from({ length: statement.columnCount }, (_, index) => index);
  if (indexes.some((index) => statement.columnTypeId(index) === DuckDBTypeId.INVALID)) return undefined;
  return indexes.map((index) => ({ name: statement.columnName(index), type: statement.columnType(index) }));
}

export function resultColumns(result: DuckDBResult): ResultColumn[] {
  const types = result.columnTypes();
  return result.columnNames().map((name, index) => ({ name, type: types[index] }));
}

export interface CopyTarget {
  readonly folder: string;
  /** Part of the name of every file. */
  readonly id: string;
  readonly partitionBy?: readonly string[];
  readonly oneFile?: boolean;
  readonly keepEmpty?: boolean;
}

/** @returns a COPY of the SELECT, and where the SELECT begins in it, in bytes @throws {SqlError} when two columns have one name */
export function copyStatement(
  select: string,
  columns: readonly ResultColumn[],
  target: CopyTarget,
): { sql: string; offset: number } {
  refuseTwins(columns);
  const exact = castList(columns, storable);
  const [before, after] = exact === undefined ? ['COPY (\n', '\n)'] : [`COPY (SELECT ${exact} FROM (\n`, '\n))'];
  const { path, division } = destination(target);
  const options = ['FORMAT parquet', ...encoding(columns), 'RETURN_STATS', ...division];
  return {
    sql: `${before}${select}${after} TO ${quoteText(path)} (${options.join(', ')})`,
    offset: Buffer.byteLength(before),
  };
}

/** Version 2 halves what writing and reading cost, but Spark does not read its BYTE_STREAM_SPLIT of floating-point numbers. */
function encoding(columns: readonly ResultColumn[]): string[] {
  const version = columns.every(({ type }) => EXACT.has(type.typeId)) ? 'v2' : 'v1';
  const dictionaries = `DICTIONARY_SIZE_LIMIT ${DICTIONARY_VALUES}`;
  return ['COMPRESSION zstd', 'COMPRESSION_LEVEL 1', `PARQUET_VERSION ${version}`, dictionaries];
}

function destination({ folder, id, partitionBy = [], oneFile }: CopyTarget): { path: string; division: string[] } {
  if (oneFile) return { path: `${folder}/part-${id}.parquet`, division: [] };
  // DuckDB knows only one of the two, and beside FILE_SIZE_BYTES it does not keep the order of the rows.
  const limit =
    partitionBy.length > 0 ? `PARTITION_BY (${partitionBy.map(quoteName).join(', ')})` : `FILE_SIZE_BYTES ${FILE_BYTES}`;
  return { path: folder, division: ['APPEND', limit, `FILENAME_PATTERN ${quoteText(`part-${id}-{uuid}`)}`] };
}

function refuseTwins(columns: readonly ResultColumn[]): void {
  const names = columns.map(({ name }) => name.toLowerCase());
  const twin = columns.find(({ name }, index) => names.indexOf(name.toLowerCase()) !== index);
  if (twin) throw new SqlError(`Two columns of the result are called "${twin.name}". Give one of them another name with AS.`);
}

const EXACT: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BOOLEAN,
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.DECIMAL,
  DuckDBTypeId.VARCHAR,
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_TZ,
]);

/** Types that come back from Parquet as they went in. */
const KEPT: ReadonlySet<DuckDBTypeId> = new Set([...EXACT, DuckDBTypeId.FLOAT, DuckDBTypeId.DOUBLE]);

/** The columns with the types that stand in the file. It is only opened when they are not plain. */
export async function storedColumns(
  connection: DuckDBConnection,
  file: string | undefined,
  columns: readonly ResultColumn[],
): Promise<Column[]> {
  const plain = file === undefined || columns.every(({ type }) => KEPT.has(type.typeId));
  const stored = plain ? columns : resultColumns(await connection.run(`FROM ${parquet([file])} LIMIT 0`));
  return stored.map(({ name, type }) => ({ name, type: typeName(type) }));
}
