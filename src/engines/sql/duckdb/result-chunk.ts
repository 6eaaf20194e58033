import {
  type DuckDBArrayValue,
  type DuckDBBlobValue,
  type DuckDBDataChunk,
  type DuckDBDateValue,
  type DuckDBListValue,
  type DuckDBMapValue,
  type DuckDBResult,
  type DuckDBStructType,
  type DuckDBStructValue,
  type DuckDBTimestampMillisecondsValue,
  type DuckDBTimestampNanosecondsValue,
  type DuckDBTimestampSecondsValue,
  type DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUnionType,
  type DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Chunk, Column } from '../sql.port.js';

const DAY_MS = 86_400_000;
const LATEST_MS = 8_640_000_000_000_000;

type Convert = (value: DuckDBValue) => unknown;

export const typeName = (type: DuckDBType): string => type.alias ?? type.toString();

/** Turns the chunks of one result into plain values. */
export class ChunkReader {
  readonly columns: readonly Column[];
  private readonly converters: readonly (Convert | undefined)[];

  constructor(result: DuckDBResult) {
    const types = result.columnTypes();
    this.columns = result.columnNames().map((name, index) => ({ name, type: typeName(types[index]) }));
    this.converters = types.map(converterOf);
  }

  read(chunk: DuckDBDataChunk): Chunk {
    const rows = chunk.rowCount;
    return { columns: this.columns, rows, values: this.converters.map((convert, column) => this.column(chunk, column, convert)) };
  }

  private column(chunk: DuckDBDataChunk, column: number, convert: Convert | undefined): unknown[] {
    const vector = chunk.getColumnVector(column);
    const values = new Array<unknown>(vector.itemCount);
    for (let row = 0; row < values.length; row++) {
      const value = vector.getItem(row);
      values[row] = value === null || convert === undefined ? value : convert(value);
    }
    return values;
  }
}

const asText: Convert = String;

/** Of types that hold no others. What is not here stays as the client library gives it. */
const SCALARS: Partial<Record<DuckDBTypeId, Convert>> = {
  [DuckDBTypeId.DATE]: (value) => dateOf((value as DuckDBDateValue).days * DAY_MS),
  [DuckDBTypeId.TIMESTAMP]: (value) => dateOf(floorDivide((value as DuckDBTimestampValue).micros, 1_000n)),
  [DuckDBTypeId.TIMESTAMP_TZ]: (value) => dateOf(floorDivide((value as DuckDBTimestampValue).micros, 1_000n)),
  [DuckDBTypeId.TIMESTAMP_NS]: (value) => dateOf(floorDivide((value as DuckDBTimestampNanosecondsValue).nanos, 1_000_000n)),
  [DuckDBTypeId.TIMESTAMP_MS]: (value) => dateOf(Number((value as DuckDBTimestampMillisecondsValue).millis)),
  [DuckDBTypeId.TIMESTAMP_S]: (value) => dateOf(Number((value as DuckDBTimestampSecondsValue).seconds) * 1_000),
  [DuckDBTypeId.BLOB]: (value) => Buffer.from((value as DuckDBBlobValue).bytes),
  [DuckDBTypeId.DECIMAL]: asText,
  [DuckDBTypeId.UUID]: asText,
  [DuckDBTypeId.TIME]: asText,
  [DuckDBTypeId.TIME_TZ]: asText,
  [DuckDBTypeId.TIME_NS]: asText,
  [DuckDBTypeId.INTERVAL]: asText,
  [DuckDBTypeId.BIT]: asText,
  [DuckDBTypeId.GEOMETRY]: asText,
  [DuckDBTypeId.VARIANT]: asText,
};

function converterOf(type: DuckDBType): Convert | undefined {
  if (type.typeId === DuckDBTypeId.LIST || type.typeId === DuckDBTypeId.ARRAY) {
    return listConverter(innerConverter(type.valueType));
  }
  if (type.typeId === DuckDBTypeId.MAP) return mapConverter(innerConverter(type.valueType));
  if (type.typeId === DuckDBTypeId.STRUCT) return structConverter(type);
  if (type.typeId === DuckDBTypeId.UNION) return unionConverter(type);
  return SCALARS[type.typeId];
}

/** Inside of a list or a struct also nulls come along. */
function innerConverter(type: DuckDBType): Convert {
  const convert = converterOf(type);
  if (!convert) return (value) => value;
  return (value) => (value === null ? null : convert(value));
}

const listConverter =
  (convert: Convert): Convert =>
  (value) =>
    (value as DuckDBListValue | DuckDBArrayValue).items.map(convert);

const mapConverter =
  (convert: Convert): Convert =>
  (value) =>
    Object.fromEntries((value as DuckDBMapValue).entries.map(({ key, value: held }) => [String(key), convert(held)]));

function structConverter({ entryNames, entryTypes }: DuckDBStructType): Convert {
  const fields = entryNames.map((name, index) => [name, innerConverter(entryTypes[index])] as const);
  return (value) =>
    Object.fromEntries(fields.map(([name, convert]) => [name, convert((value as DuckDBStructValue).entries[name])]));
}

function unionConverter(type: DuckDBUnionType): Convert {
  const members = new Map(type.memberTags.map((tag, index) => [tag, innerConverter(type.memberTypes[index])]));
  return (value) => {
    const { tag, value: held } = value as DuckDBUnionValue;
    return (members.get(tag) as Convert)(held);
  };
}

const dateOf = (milliseconds: number): Date | number =>
  Math.abs(milliseconds) <= LATEST_MS ? new Date(milliseconds) : Math.sign(milliseconds) * Infinity;

/** Cuts towards the past also before 1970. */
function floorDivide(value: bigint, divisor: bigint): number {
  const quotient = value / divisor;
  return Number(value < 0n && quotient * divisor !== value ? quotient - 1n : quotient);
}
