import { basename } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { SqlError } from '../sql.errors.js';
import type { Query, Relation } from '../sql.port.js';
import { explain } from './duckdb-error.js';
import { literally, selectFrom } from './relation-sql.js';
import { SelectSyntax } from './select-syntax.js';
import type { Session } from './session.js';
import { placeOfByte, quoteName, quoteTable, splitTable } from './sql-text.js';

let scopes = 0;

/**
 * What one query sees: a database of its own in memory with a view for each table, so that two queries at the same time may
 * mean different files by `silver.flights`.
 */
export class QueryScope {
  private readonly databases: string[] = [];
  private readonly statements: string[] = [];
  private readonly names = new Map<string, string>();
  private readonly parquet = new Set<string>();
  private readonly prefix = `q_${++scopes}`;

  private constructor(
    readonly session: Session,
    private readonly sql: string,
    readonly syntax: SelectSyntax,
  ) {}

  /** @throws {SqlError} {@link SqlForbiddenError} {@link SqlResourcesError} */
  static async open(session: Session, query: Query): Promise<QueryScope> {
    const syntax = await session.run((connection) => SelectSyntax.read(connection, query.sql));
    const scope = new QueryScope(session, query.sql, syntax);
    if (syntax.tables.length > 0) await scope.openTables(query);
    return scope;
  }

  /** @param offset where the query begins in the text that is run, in bytes */
  async run<T>(work: (connection: DuckDBConnection) => Promise<T>, offset = 0): Promise<T> {
    return this.explained(this.session.run(work), offset);
  }

  /** Like {@link run}, with progress. */
  async runLong<T>(work: (connection: DuckDBConnection) => Promise<T>, offset: number): Promise<T> {
    return this.explained(this.session.runLong(work), offset);
  }

  /** The SELECT as it may stand in brackets. */
  async bareSql(): Promise<string> {
    return this.run((connection) => this.syntax.withoutSemicolon(connection));
  }

  /** A path of this machine that is called by this name in errors, however it is written there. */
  call(path: string, name: string): void {
    for (const spelling of [path, literally(path)]) this.names.set(spelling, name);
  }

  async close(): Promise<void> {
    const detach = this.databases.toReversed().map((database) => `DETACH DATABASE IF EXISTS ${database}`);
    await this.session.close(detach.length > 0 ? ['USE memory', ...detach].join('; ') : undefined);
  }

  private async openTables(query: Query): Promise<void> {
    const database = await this.database(query, this.syntax);
    // DuckDB's errors may also point into the text of a view: pushed behind the end of the query, the two are told apart.
    const behind = ' '.repeat(2 * Buffer.byteLength(query.sql) + 1_000);
    const statements = [...this.statements, `SET search_path = '${database}.main,memory.main'`];
    try {
      await this.run((connection) => connection.run(behind + statements.join(';\n')), -Infinity);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  private async explained<T>(work: Promise<T>, offset: number): Promise<T> {
    try {
      return await work;
    } catch (error) {
      this.session.signal.throwIfAborted();
      throw explain(error, { sql: this.sql, offset, names: this.names, parquet: this.parquet });
    }
  }

  /** Plans a database with the tables that a query names. */
  private async database({ sql, tables = {} }: Query, syntax: SelectSyntax): Promise<string> {
    const database = `${this.prefix}_${this.databases.length}`;
    this.databases.push(database);
    this.statements.push(`ATTACH ':memory:' AS ${database}`);
    const relations = new Map(Object.entries(tables).map(([name, relation]) => [name.toLowerCase(), relation]));
    for (const { table, offset } of syntax.tables) {
      const relation = relations.get(table.toLowerCase());
      if (!relation) throw unknownTable(sql, table, offset, Object.keys(tables));
      const { layer } = splitTable(table);
      if (layer !== undefined) this.statements.push(`CREATE SCHEMA IF NOT EXISTS ${database}.${quoteName(layer)}`);
      const source = await this.source(table, relation);
      this.statements.push(`CREATE VIEW ${database}.${layer === undefined ? 'main.' : ''}${quoteTable(table)} AS ${source}`);
    }
    return database;
  }

  private async source(table: string, relation: Relation): Promise<string> {
    if (relation.format !== 'view') {
      // The name of a file tells which one of many is broken, and nothing of this machine.
      const isParquet = relation.format === 'parquet';
      for (const file of relation.files) this.call(file, isParquet ? `${table} (${basename(file)})` : table);
      if (isParquet) for (const file of relation.files) this.parquet.add(file).add(literally(file));
      return await selectFrom(table, relation);
    }
    const { query } = relation;
    const syntax = await this.run((connection) => SelectSyntax.read(connection, query.sql));
    const database = await this.database(query, syntax);
    // A view finds its tables in its own database, whatever the query that reads it means by the same names.
    const view = `${database}.main."(view)"`;
    this.statements.push(`CREATE VIEW ${view} AS ${await this.run((connection) => syntax.withoutSemicolon(connection))}\n`);
    return `FROM ${view}`;
  }
}

function unknownTable(sql: string, table: string, offset: number, known: readonly string[]): SqlError {
  const place = placeOfByte(sql, offset);
  const choice = known.length > 0 ? `Known here: ${known.join(', ')}` : 'No table is known here';
  return new SqlError(`There is no table "${table}". ${choice}`, place?.line, place?.column);
}
