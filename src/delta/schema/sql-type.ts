import type { Column } from '../../engines/sql/sql.port.js';
import { UnsupportedTypeError } from '../delta.errors.js';
import {
  arrayOf,
  decimalOf,
  type DeltaType,
  mapOf,
  mapPrimitives,
  type StructField,
  structOf,
  type StructType,
} from './delta-type.js';

/** What a SQL type is stored as. Unsigned integers take the next wider signed type; what has no counterpart is kept as text. */
const STORED_AS: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'byte',
  SMALLINT: 'short',
  INTEGER: 'integer',
  BIGINT: 'long',
  UTINYINT: 'short',
  USMALLINT: 'integer',
  UINTEGER: 'long',
  UBIGINT: 'decimal(20,0)',
  HUGEINT: 'decimal(38,0)',
  UHUGEINT: 'decimal(38,0)',
  FLOAT: 'float',
  DOUBLE: 'double',
  DECIMAL: 'decimal(18,3)',
  VARCHAR: 'string',
  ENUM: 'string',
  UUID: 'string',
  JSON: 'string',
  TIME: 'string',
  'TIME WITH TIME ZONE': 'string',
  TIME_NS: 'string',
  INTERVAL: 'string',
  BIT: 'string',
  BLOB: 'binary',
  DATE: 'date',
  'TIMESTAMP WITH TIME ZONE': 'timestamp',
  TIMESTAMP: 'timestamp_ntz',
  TIMESTAMP_S: 'timestamp_ntz',
  TIMESTAMP_MS: 'timestamp_ntz',
  TIMESTAMP_NS: 'timestamp_ntz',
};

const READ_AS: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  byte: 'TINYINT',
  short: 'SMALLINT',
  integer: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  binary: 'BLOB',
  date: 'DATE',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  timestamp_ntz: 'TIMESTAMP',
};

/**
 * @param column whose type it is, for the error
 * @throws {UnsupportedTypeError}
 */
export function typeToSql(type: DeltaType, column: string): string {
  if (typeof type !== 'string') {
    switch (type.type) {
      case 'struct':
        return structToSql(type, column);
      case 'array':
        return `${typeToSql(type.elementType, column)}[]`;
      case 'map':
        return `MAP(${typeToSql(type.keyType, column)}, ${typeToSql(type.valueType, column)})`;
    }
  }
  const decimal = decimalOf(type);
  const sql = decimal ? `DECIMAL(${decimal.precision},${decimal.scale})` : READ_AS[type];
  if (sql === undefined) throw new UnsupportedTypeError(column, type);
  return sql;
}

const structToSql = ({ fields }: StructType, column: string): string =>
  `STRUCT(${fields.map(({ name, type }) => `${quoteIdentifier(name)} ${typeToSql(type, `${column}.${name}`)}`).join(', ')})`;

/**
 * The Delta type nearest to a column's type in SQL. A timestamp without zone is `timestamp_ntz` here: {@link inUtc} makes it what
 * the lake stores.
 * @throws {UnsupportedTypeError}
 */
export function typeFromSql({ name, type }: Column): DeltaType {
  return new SqlTypeReader(name, type).whole();
}

/** Times without a zone count as UTC, so that a table needs no table feature. */
export const inUtc = (type: DeltaType): DeltaType =>
  mapPrimitives(type, (primitive) => (primitive === 'timestamp_ntz' ? 'timestamp' : primitive));

export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Reads `STRUCT("a b" INTEGER, c MAP(VARCHAR, DOUBLE[]))` from left to right. */
class SqlTypeReader {
  private at = 0;

  constructor(
    private readonly column: string,
    private readonly sql: string,
  ) {}

  whole(): DeltaType {
    const type = this.type();
    return this.at < this.sql.length ? this.refuse() : type;
  }

  private type(): DeltaType {
    let type = this.withoutBrackets();
    while (this.take(/\[\d*\]/y) !== undefined) type = arrayOf(type);
    return type;
  }

  private withoutBrackets(): DeltaType {
    const name = this.expect(/[A-Z_][A-Z_0-9]*(?: [A-Z]+)*/iy).toUpperCase();
    if (name === 'STRUCT') return structOf(this.list(() => this.field()));
    if (name === 'MAP') return this.map();
    if (name === 'DECIMAL') return this.decimal();
    if (name === 'ENUM') this.list(() => this.expect(/'(?:[^']|'')*'/y));
    return STORED_AS[name] ?? this.refuse();
  }

  private map(): DeltaType {
    const [key, value] = this.list(() => this.type());
    return mapOf(key, value);
  }

  private decimal(): DeltaType {
    const size = this.take(/\(\d+,\s*\d+\)/y);
    return size ? `decimal${size.replace(' ', '')}` : STORED_AS.DECIMAL;
  }

  private field(): StructField {
    const name = this.expect(/"(?:[^"]|"")*"|[^\s",()]+/y);
    this.expect(/ /y);
    return {
      name: name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name,
      type: this.type(),
      nullable: true,
      metadata: {},
    };
  }

  private list<T>(item: () => T): T[] {
    const items: T[] = [];
    this.expect(/\(/y);
    do items.push(item());
    while (this.take(/, ?/y) !== undefined);
    this.expect(/\)/y);
    return items;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.sql)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  private expect(pattern: RegExp): string {
    return this.take(pattern) ?? this.refuse();
  }

  private refuse(): never {
    throw new UnsupportedTypeError(this.column, this.sql);
  }
}
