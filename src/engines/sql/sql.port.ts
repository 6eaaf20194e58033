/** A column with its type in SQL (`BIGINT`, `TIMESTAMP WITH TIME ZONE`, `STRUCT("a" INTEGER)`: names of fields are quoted). */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/** What a table name means: files of this machine that are read as one table, or a SELECT over such tables. */
export type Relation =
  | {
      readonly format: 'parquet';
      readonly files: readonly string[];
      /**
       * Exactly these columns in this order, found by name without case and cast to the type; NULL where a file lacks one.
       * Without them: every column that any file has. No files at all need them.
       */
      readonly columns?: readonly Column[];
      /** Numbers of the Parquet schema by which the columns are found in place of their names, one for each of `columns`. */
      readonly fieldIds?: readonly number[];
      /** A column of this name comes behind them: the file that the row is from, as it stands in `files`. */
      readonly fileColumn?: string;
      /** Another one, a BIGINT: the place of the row in its file, from 0. */
      readonly rowColumn?: string;
    }
  | { readonly format: 'csv'; readonly files: readonly string[]; readonly csv?: CsvDialect }
  /** One JSON object a line; a missing key is NULL. Without columns they are detected, from all rows. */
  | {
      readonly format: 'json';
      readonly files: readonly string[];
      readonly columns?: readonly Column[];
      /** False when no object is taken for a map, however many keys of one type it has. */
      readonly maps?: boolean;
    }
  | { readonly format: 'view'; readonly query: Omit<Query, 'parameters'> };

export interface CsvDialect {
  /** One character. */
  readonly delimiter?: string;
  readonly quote?: string;
  /** Whether the first line holds names. Detected when not given; with `columns`, true. */
  readonly header?: boolean;
  /** Names and SQL types of the columns in the order of the file; without it both are detected. */
  readonly columns?: readonly Column[];
  /** What a missing value looks like, beside an empty field. */
  readonly nullValue?: string;
}

/** One SELECT and what its table names mean. A table is named as a dataset is: `silver.flights`, or without a layer. */
export interface Query {
  readonly sql: string;
  /** Those that the SQL does not name are not looked at. */
  readonly tables?: Readonly<Record<string, Relation>>;
  /** Values bound to `$1`, `$2` … A Date is a TIMESTAMP WITH TIME ZONE, a whole number a BIGINT, any other a DOUBLE. */
  readonly parameters?: readonly SqlValue[];
}

export type SqlValue = string | number | bigint | boolean | Date | null;

/** A condition over columns, `price > $1 AND city IS NOT NULL`, with the values that are bound in it. */
export interface Predicate {
  readonly sql: string;
  readonly parameters?: readonly SqlValue[];
}

/**
 * What a predicate asks of single columns, as far as its text tells. A row for which the predicate is true fulfils it; the
 * reverse need not hold. `any`: nothing is known.
 */
export type Condition =
  | { readonly kind: 'and'; readonly of: readonly Condition[] }
  | { readonly kind: 'or'; readonly of: readonly Condition[] }
  /** Text takes the type of the column; every other value has its own: a Date is one of a DATE or TIMESTAMP, which no text is. */
  | { readonly kind: 'compare'; readonly column: string; readonly operator: Comparison; readonly value: Exclude<SqlValue, null> }
  | { readonly kind: 'null'; readonly column: string }
  | { readonly kind: 'not null'; readonly column: string }
  | { readonly kind: 'any' };

export type Comparison = '=' | '<' | '<=' | '>' | '>=';

export interface ColumnStatistics {
  /** Exact, as text in SQL's own form; absent when unknown or when every value is null. NaN is left out of account. */
  readonly min?: string;
  readonly max?: string;
  readonly nulls: number;
  readonly hasNan: boolean;
}

/** A Parquet file as it was written. */
export interface WrittenFile {
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  /** By column; nested columns and those of which the engine knows nothing are absent. */
  readonly statistics: Readonly<Record<string, ColumnStatistics>>;
  /** The values of the columns that divide the result, as text in SQL's own form; those columns are not in the file. */
  readonly partition: Readonly<Record<string, string | null>>;
}

export interface Materialised {
  /** None when the result is empty, one when it is small. */
  readonly files: readonly WrittenFile[];
  /** With the types that stand in the files: an ENUM is a VARCHAR there, a HUGEINT a DECIMAL(38,0). */
  readonly columns: readonly Column[];
  readonly rows: number;
}

export interface Running {
  readonly signal?: AbortSignal;
  /** Called now and then with the share done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

export interface Materialising extends Running {
  /** Columns of the result that divide it: each file holds the rows of one combination of their values. */
  readonly partitionBy?: readonly string[];
  /** One file, however large, with the rows in the order of the result; otherwise threads may write them in any order. */
  readonly oneFile?: boolean;
  /** An empty result leaves a file that holds nothing but the columns. */
  readonly keepEmpty?: boolean;
}

/**
 * Columns of one chunk in the order of the SELECT; `rows` long each. A missing value is null, and otherwise
 * - BIGINT, UBIGINT and HUGEINT are bigints, smaller integers and floating point numbers are numbers, DECIMAL is text;
 * - DATE and TIMESTAMP are Dates (UTC, cut to milliseconds), or ±Infinity when no Date can hold them;
 * - TIME, INTERVAL, BIT, UUID, ENUM and JSON are text, BLOB is a Buffer;
 * - a list is an array, a STRUCT an object, a MAP an object keyed by the text of its keys, a UNION the value it holds.
 */
export interface Chunk {
  /** The same array in every chunk of a result. */
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly values: readonly (readonly unknown[])[];
}

/** What a SELECT refers to. */
export interface Parsed {
  /** Tables that are not defined in the query itself, as they are written, without quotes: `silver.flights`. */
  readonly tables: readonly string[];
  /** The same with the places of their first mention. */
  readonly references: readonly { readonly table: string; readonly line?: number; readonly column?: number }[];
}

/** What a SELECT asks of the rows of a table. */
export interface MarkedConditions {
  /** As {@link Parsed.tables} has it. */
  readonly table: string;
  /**
   * Each in the forms that it may have, in SQL over the columns of the table and the marks: as it is written, and with what the
   * query calls so. The first that can be run over the table is meant; one of which none can is about another table.
   */
  readonly conditions: readonly (readonly string[])[];
}

/**
 * Runs SELECTs over files. Knows nothing of tables beyond the names it is given, hands out no connection, keeps no state
 * between calls. The time zone is UTC. Rows keep the order of their files as long as the SELECT does not reorder them.
 * Every call may be cancelled by its signal and then rejects with the signal's reason.
 *
 * Every method throws {@link SqlError} when the SQL is wrong, its subclass SqlForbiddenError when it is anything but one
 * SELECT over the given tables, and SqlResourcesError when memory, disk or a file is missing.
 */
export abstract class SqlEngine {
  abstract parse(sql: string): Promise<Parsed>;

  /** The columns that a query would give, without running it. */
  abstract describe(query: Query): Promise<Column[]>;

  /** @throws {SqlForbiddenError} when it reads tables of its own */
  abstract condition(predicate: Predicate): Promise<Condition>;

  /**
   * The conditions in which the SELECTs of a query hold columns of a table against columns that no table has.
   * @param marks the names of these, as they stand in the SQL
   * @returns those of each table in each SELECT
   */
  abstract markedConditions(sql: string, marks: readonly string[]): Promise<MarkedConditions[]>;

  /** Writes the result as Parquet (zstd) into a folder, in one file or several. On failure nothing of it stays in the folder. */
  abstract materialise(query: Query, folder: string, options?: Materialising): Promise<Materialised>;

  /** The result in chunks of some thousand rows; the event loop stays free between them. */
  abstract read(query: Query, running?: Running): AsyncIterable<Chunk>;

  /**
   * The texts of a result of one column as bytes, cut anywhere: each as it is, with a newline behind it, and nothing for a missing
   * one. For results that are large: no value of them is ever an object here.
   */
  abstract lines(query: Query, running?: Running): AsyncIterable<Buffer>;

  /** The whole of a small result as objects; of columns with the same name the last one stays. */
  async rows(query: Query, running: Running = {}): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    for await (const { columns, values, rows: count } of this.read(query, running)) {
      for (let row = 0; row < count; row++) {
        rows.push(Object.fromEntries(columns.map(({ name }, column) => [name, values[column][row]])));
      }
    }
    return rows;
  }

  abstract close(): Promise<void>;
}
