import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBType,
  type DuckDBValue,
  HUGEINT,
  INTEGER,
  SQLNULL,
  TIMESTAMPTZ,
  timestampTZValue,
  VARCHAR,
} from '@duckdb/node-api';
import { SqlError } from '../sql.errors.js';
import type { SqlValue } from '../sql.port.js';

/** @returns values and types as the client library binds them @throws {SqlError} for an invalid Date */
export function bound(parameters: readonly SqlValue[] = []): [values?: DuckDBValue[], types?: DuckDBType[]] {
  if (parameters.length === 0) return [];
  const pairs = parameters.map(boundValue);
  return [pairs.map(([value]) => value), pairs.map(([, type]) => type)];
}

function boundValue(value: SqlValue, index: number): [DuckDBValue, DuckDBType] {
  if (value === null) return [null, SQLNULL];
  if (typeof value === 'string') return [value, VARCHAR];
  if (typeof value === 'boolean') return [value, BOOLEAN];
  if (typeof value === 'bigint') return [value, BigInt.asIntN(64, value) === value ? BIGINT : HUGEINT];
  if (typeof value === 'number') return boundNumber(value);
  if (Number.isNaN(value.getTime())) throw new SqlError(`The value of $${index + 1} is an invalid Date.`);
  return [timestampTZValue(BigInt(value.getTime()) * 1_000n), TIMESTAMPTZ];
}

function boundNumber(value: number): [DuckDBValue, DuckDBType] {
  if (!Number.isSafeInteger(value)) return [value, DOUBLE];
  return (value | 0) === value ? [value, INTEGER] : [BigInt(value), BIGINT];
}
