import { DECIMAL, DuckDBStructType, type DuckDBType, DuckDBTypeId, LIST, MAP } from '@duckdb/node-api';
import { quoteName } from '../duckdb/sql-text.js';

export interface ResultColumn {
  readonly name: string;
  readonly type: DuckDBType;
}

/** What a type becomes where a format does not know it; undefined when it stays. */
export type Replacement = (type: DuckDBType) => DuckDBType | undefined;

/**
 * What is written to Parquet. It has no integers of 128 bits, and DuckDB would write doubles: sums of integers would lose their
 * last digits. Of an array that is missing DuckDB writes the elements, and nobody else can read the file: it becomes a list.
 */
export const storable: Replacement = (type) => {
  if (type.typeId === DuckDBTypeId.ARRAY) return LIST(replaced(type.valueType, storable));
  const isWide = type.typeId === DuckDBTypeId.HUGEINT || type.typeId === DuckDBTypeId.UHUGEINT;
  return isWide ? DECIMAL(38, 0) : undefined;
};

/** @returns expressions over the columns by their place that give them the types; undefined when none has to change */
export function castList(columns: readonly ResultColumn[], replacement: Replacement): string | undefined {
  const types = columns.map(({ type }) => replaced(type, replacement));
  if (types.every((type, index) => type === columns[index].type)) return undefined;
  return columns
    .map(({ name, type }, index) => {
      const place = `#${index + 1}`;
      return types[index] === type ? place : `CAST(${place} AS ${types[index].toString()}) AS ${quoteName(name)}`;
    })
    .join(', ');
}

/** @returns the type itself when nothing in it has to change */
export function replaced(type: DuckDBType, replacement: Replacement): DuckDBType {
  const other = replacement(type);
  if (other) return other;
  const inner = (held: DuckDBType): DuckDBType => replaced(held, replacement);
  const remade = remake(type, inner);
  return remade.changed ? remade.type : type;
}

function remake(type: DuckDBType, inner: (held: DuckDBType) => DuckDBType): { type: DuckDBType; changed: boolean } {
  if (type.typeId === DuckDBTypeId.LIST) {
    const value = inner(type.valueType);
    return { type: LIST(value), changed: value !== type.valueType };
  }
  if (type.typeId === DuckDBTypeId.MAP) {
    const [key, value] = [inner(type.keyType), inner(type.valueType)];
    return { type: MAP(key, value), changed: key !== type.keyType || value !== type.valueType };
  }
  if (type.typeId !== DuckDBTypeId.STRUCT) return { type, changed: false };
  const types = type.entryTypes.map(inner);
  const changed = types.some((held, index) => held !== type.entryTypes[index]);
  return { type: new DuckDBStructType(type.entryNames, types), changed };
}
