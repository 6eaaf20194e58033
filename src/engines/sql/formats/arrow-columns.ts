import {
  type DuckDBBlobValue,
  type DuckDBDateValue,
  type DuckDBDecimalValue,
  type DuckDBIntervalValue,
  type DuckDBListValue,
  type DuckDBMapValue,
  type DuckDBStructValue,
  type DuckDBTimestampMillisecondsValue,
  type DuckDBTimestampNanosecondsValue,
  type DuckDBTimestampValue,
  type DuckDBTimeTZValue,
  type DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUUIDValue,
  type DuckDBValue,
  LIST,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api';
import {
  Binary,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Field,
  FixedSizeBinary,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  IntervalMonthDayNano,
  List,
  Map_,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow';
import { bits, bytes, fixed, nested, texts, type Values, variable, wide } from './arrow-data.js';
import { replaced, type Replacement, storable } from './column-casts.js';

type MapEntry = DuckDBMapValue['entries'][number];

/** How the values of one type stand in Arrow. */
export interface ArrowColumn {
  readonly type: DataType;
  /** Of its field. */
  readonly metadata?: ReadonlyMap<string, string>;
  readonly pack: (values: Values) => Data;
}

const AS_TEXT: readonly DuckDBTypeId[] = [
  DuckDBTypeId.ENUM,
  DuckDBTypeId.BIT,
  DuckDBTypeId.BIGNUM,
  DuckDBTypeId.TIME_NS,
  DuckDBTypeId.UNION,
  DuckDBTypeId.GEOMETRY,
  DuckDBTypeId.VARIANT,
  DuckDBTypeId.SQLNULL,
];

/** Types that Arrow does not have become those in which Parquet has them too. */
export const arrowable: Replacement = (type) => {
  if (AS_TEXT.includes(type.typeId)) return VARCHAR;
  if (type.typeId === DuckDBTypeId.ARRAY) return LIST(replaced(type.valueType, arrowable));
  return type.typeId === DuckDBTypeId.TIMESTAMP_S ? TIMESTAMP : storable(type);
};

const DAY_MICROS = 86_400_000_000n;
const same = <T>(value: DuckDBValue): T => value as T;
const extension = (name: string): ReadonlyMap<string, string> =>
  new Map([
    ['ARROW:extension:name', name],
    ['ARROW:extension:metadata', ''],
  ]);

const number = (type: DataType, make: new (length: number) => ArrayBufferView & Record<number, number>): ArrowColumn => ({
  type,
  pack: (values) => fixed(type, new make(values.length), values, same<number>),
});

const long = (type: DataType, toLong: (value: DuckDBValue) => bigint = same): ArrowColumn => ({
  type,
  pack: (values) => fixed(type, new BigInt64Array(values.length), values, toLong),
});

const micros = (value: DuckDBValue): bigint => (value as DuckDBTimeValue | DuckDBTimestampValue).micros;

/** In UTC. */
function microsOfZoned(value: DuckDBValue): bigint {
  const { micros: local, offset } = value as DuckDBTimeTZValue;
  return (local - BigInt(offset) * 1_000_000n + 2n * DAY_MICROS) % DAY_MICROS;
}

const SCALARS: Partial<Record<DuckDBTypeId, ArrowColumn>> = {
  [DuckDBTypeId.BOOLEAN]: { type: new Bool(), pack: (values) => bits(new Bool(), values) },
  [DuckDBTypeId.TINYINT]: number(new Int8(), Int8Array),
  [DuckDBTypeId.SMALLINT]: number(new Int16(), Int16Array),
  [DuckDBTypeId.INTEGER]: number(new Int32(), Int32Array),
  [DuckDBTypeId.BIGINT]: long(new Int64()),
  [DuckDBTypeId.UTINYINT]: number(new Uint8(), Uint8Array),
  [DuckDBTypeId.USMALLINT]: number(new Uint16(), Uint16Array),
  [DuckDBTypeId.UINTEGER]: number(new Uint32(), Uint32Array),
  [DuckDBTypeId.UBIGINT]: long(new Uint64()),
  [DuckDBTypeId.FLOAT]: number(new Float32(), Float32Array),
  [DuckDBTypeId.DOUBLE]: number(new Float64(), Float64Array),
  [DuckDBTypeId.BLOB]: {
    type: new Binary(),
    pack: (values) => bytes(new Binary(), values, (value) => (value as DuckDBBlobValue).bytes),
  },
  [DuckDBTypeId.DATE]: {
    type: new DateDay(),
    pack: (values) => fixed(new DateDay(), new Int32Array(values.length), values, (value) => (value as DuckDBDateValue).days),
  },
  [DuckDBTypeId.TIME]: long(new TimeMicrosecond(), micros),
  [DuckDBTypeId.TIME_TZ]: long(new TimeMicrosecond(), microsOfZoned),
  [DuckDBTypeId.TIMESTAMP]: long(new TimestampMicrosecond(), micros),
  [DuckDBTypeId.TIMESTAMP_TZ]: long(new TimestampMicrosecond('UTC'), micros),
  [DuckDBTypeId.TIMESTAMP_MS]: long(new TimestampMillisecond(), (value) => (value as DuckDBTimestampMillisecondsValue).millis),
  [DuckDBTypeId.TIMESTAMP_NS]: long(new TimestampNanosecond(), (value) => (value as DuckDBTimestampNanosecondsValue).nanos),
  [DuckDBTypeId.UUID]: {
    type: new FixedSizeBinary(16),
    metadata: extension('arrow.uuid'),
    pack: (values) => wide(new FixedSizeBinary(16), values, (value) => swapped((value as DuckDBUUIDValue).toUint128())),
  },
  [DuckDBTypeId.INTERVAL]: {
    type: new IntervalMonthDayNano(),
    pack: (values) => wide(new IntervalMonthDayNano(), values, monthDayNano),
  },
};

/** Arrow keeps an UUID from its first byte on, all else from the last. */
const swapped = (value: bigint): bigint => Buffer.from(value.toString(16).padStart(32, '0'), 'hex').reduceRight(byteBelow, 0n);
const byteBelow = (above: bigint, byte: number): bigint => (above << 8n) | BigInt(byte);

function monthDayNano(value: DuckDBValue): bigint {
  const { months, days, micros: time } = value as DuckDBIntervalValue;
  return BigInt.asUintN(32, BigInt(months)) | (BigInt.asUintN(32, BigInt(days)) << 32n) | ((time * 1000n) << 64n);
}

/** @param type one that {@link arrowable} leaves as it is */
export function arrowColumn(type: DuckDBType): ArrowColumn {
  if (type.typeId === DuckDBTypeId.VARCHAR) {
    const metadata = type.alias === 'JSON' ? extension('arrow.json') : undefined;
    return { type: new Utf8(), metadata, pack: (values) => texts(new Utf8(), values) };
  }
  if (type.typeId === DuckDBTypeId.DECIMAL) {
    const decimal = new Decimal(type.scale, type.width);
    return { type: decimal, pack: (values) => wide(decimal, values, (value) => (value as DuckDBDecimalValue).value) };
  }
  if (type.typeId === DuckDBTypeId.LIST) return listColumn(arrowColumn(type.valueType));
  if (type.typeId === DuckDBTypeId.MAP) return mapColumn(arrowColumn(type.keyType), arrowColumn(type.valueType));
  if (type.typeId === DuckDBTypeId.STRUCT) return structColumn(type.entryNames, type.entryTypes.map(arrowColumn));
  const scalar = SCALARS[type.typeId];
  if (!scalar) throw new Error(`Arrow has no type for ${type.toString()}`);
  return scalar;
}

export const fieldOf = (name: string, { type, metadata }: ArrowColumn, nullable = true): Field =>
  new Field(name, type, nullable, metadata && new Map(metadata));

function listColumn(element: ArrowColumn): ArrowColumn {
  const type = new List(fieldOf('element', element));
  return {
    type,
    pack: (values) => variable(type, values, (value) => (value as DuckDBListValue).items, element.pack),
  };
}

function mapColumn(key: ArrowColumn, value: ArrowColumn): ArrowColumn {
  const struct = new Struct([fieldOf('key', key, false), fieldOf('value', value)]);
  const type = new Map_(new Field('entries', struct, false));
  const packEntries = (entries: readonly MapEntry[]): Data =>
    nested(struct, entries, [key.pack(entries.map((entry) => entry.key)), value.pack(entries.map((entry) => entry.value))]);
  return { type, pack: (values) => variable(type, values, (map) => (map as DuckDBMapValue).entries, packEntries) };
}

function structColumn(names: readonly string[], columns: readonly ArrowColumn[]): ArrowColumn {
  const type = new Struct(columns.map((column, index) => fieldOf(names[index], column)));
  const valueOf = (struct: DuckDBValue, name: string): DuckDBValue =>
    struct === null ? null : (struct as DuckDBStructValue).entries[name];
  const pack = (values: Values): Data =>
    nested(
      type,
      values,
      columns.map((column, index) => column.pack(values.map((struct) => valueOf(struct, names[index])))),
    );
  return { type, pack };
}
