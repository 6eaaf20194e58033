import type { DuckDBConnection } from '@duckdb/node-api';
import { LRUCache } from 'lru-cache';
import { SqlError, SqlForbiddenError } from '../sql.errors.js';
import { shortened } from './duckdb-error.js';
import { placeOfByte, placeOfCharacter } from './sql-text.js';

export interface TableReference {
  /** As it is written, without quotes. */
  readonly table: string;
  /** Offset in the SQL, in bytes. */
  readonly offset: number;
}

/** A part of a syntax tree. */
export type Node = Readonly<Record<string, unknown>>;

export const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Functions that stand in FROM and read nothing. All others would reach files, settings or other queries. */
const TABLE_FUNCTIONS = ['generate_series', 'json_each', 'json_tree', 'range', 'repeat', 'repeat_row', 'unnest'];

/** Functions that tell about the process or its catalogue (some are macros over it), write to its log, or plan a query of their own. */
const FORBIDDEN_FUNCTIONS = [
  ...['current_query', 'current_setting', 'currval', 'format_type', 'get_block_size', 'getenv', 'getvariable'],
  ...['json_serialize_plan', 'nextval', 'pg_get_constraintdef', 'pg_get_viewdef', 'write_log'],
];

/** One SELECT as DuckDB's own parser sees it. */
export class SelectSyntax {
  private constructor(
    private readonly sql: string,
    /** The syntax tree as JSON. */
    private readonly json: string,
    readonly tables: readonly TableReference[],
    /** What it says beside its node comes with it, such as the names of its parameters. */
    readonly statement: Readonly<{ node: Node }>,
  ) {}

  get tree(): Node {
    return this.statement.node;
  }

  /** The tree of its WHERE, when it has one. */
  get where(): unknown {
    return this.tree.where_clause;
  }

  /** @throws {SqlError} {@link SqlForbiddenError} */
  static async read(connection: DuckDBConnection, sql: string): Promise<SelectSyntax> {
    const known = KNOWN.get(sql);
    if (known) return known;
    const syntax = await SelectSyntax.parse(connection, sql);
    KNOWN.set(sql, syntax);
    return syntax;
  }

  private static async parse(connection: DuckDBConnection, sql: string): Promise<SelectSyntax> {
    const json = await serialize(connection, sql);
    const tree = parsedTree(json);
    if (tree.error) throw refusal(sql, tree);
    if (tree.statements.length !== 1) {
      throw new SqlForbiddenError(`Write exactly one SELECT: here are ${tree.statements.length} statements.`);
    }
    const [statement] = tree.statements;
    return new SelectSyntax(sql, json, referencesIn(sql, statement.node), statement);
  }

  /** In characters. */
  get size(): number {
    return this.sql.length + this.json.length;
  }

  /** The SELECT as it may stand in brackets: without the semicolon behind it. */
  async withoutSemicolon(connection: DuckDBConnection): Promise<string> {
    for (let end = this.sql.indexOf(';'); end >= 0; end = this.sql.indexOf(';', end + 1)) {
      const before = this.sql.slice(0, end);
      // A semicolon in a text or a comment leaves something that is broken or says less.
      if ((await serialize(connection, before)) === this.json) return before;
    }
    return this.sql;
  }
}

/**
 * What was asked for last: the models of a workspace before each plan and build, the conditions of tables at each commit. A text
 * says the same to every connection, since it is only parsed.
 */
const KNOWN = new LRUCache<string, SelectSyntax>({ maxSize: 2_000_000, sizeCalculation: ({ size }) => size });

type SerializedSql =
  { error: false; statements: { node: Node }[] } | { error: true; error_type: string; error_message: string; position?: string };

async function serialize(connection: DuckDBConnection, sql: string): Promise<string> {
  const result = await connection.runAndReadAll('SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR)) AS VARCHAR)', [sql]);
  return result.getRows()[0][0] as string;
}

function parsedTree(json: string): SerializedSql {
  try {
    return JSON.parse(json) as SerializedSql;
  } catch {
    // DuckDB writes `1e400` as Infinity, which JSON does not know.
    throw new SqlError('A number is out of range: 1.7976931348623157e308 is the largest.');
  }
}

/** What DuckDB calls a statement that is well formed and no SELECT. */
const NO_SELECT = 'not implemented';
/** Words with which a SELECT begins too: what is refused stands further behind. */
const BEGINNINGS: Readonly<Record<string, string>> = { SELECT: '', FROM: '', VALUES: '', WITH: ', also behind WITH' };

function refusal(sql: string, { error_type: type, error_message: message, position }: SerializedSql & { error: true }): SqlError {
  if (type !== NO_SELECT) {
    const place = placeOfCharacter(sql, Number(position));
    return new SqlError(shortened(message), place?.line, place?.column);
  }
  if (/\bpivot\b/i.test(sql)) {
    return new SqlForbiddenError(
      'PIVOT needs its values in the text, so that the columns do not depend on the rows: PIVOT … ON x IN (1, 2).',
    );
  }
  // Each character fits in one way only: with two, many comments would be tried in all combinations.
  const word = /^(?:\s|--[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(\w+)/.exec(sql)?.[1].toUpperCase();
  return new SqlForbiddenError(`Only a SELECT is allowed${word === undefined ? '' : (BEGINNINGS[word] ?? `, not ${word}`)}.`);
}

/** The tables of a tree, each once, in the order in which they appear. */
function referencesIn(sql: string, tree: Node): TableReference[] {
  const found = new Map<string, TableReference>();
  const visible = new Set<string>();
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (!isNode(value)) return;
    refuseForbidden(sql, value);
    const reference = referenceOf(sql, value, visible);
    if (reference && !found.has(reference.table.toLowerCase())) found.set(reference.table.toLowerCase(), reference);
    const added = walkWith(value, visible, walk);
    for (const [key, child] of Object.entries(value)) if (key !== 'cte_map') walk(child);
    for (const name of added) visible.delete(name);
  };
  walk(tree);
  return [...found.values()];
}

interface Definition {
  readonly key: string;
  /** Aliases are those of its columns. */
  readonly value: { readonly query: { readonly node: Node }; readonly aliases: readonly string[] };
}

/** The WITH of a node. */
export const definitionsOf = (node: Node): readonly Definition[] =>
  (node.cte_map as { map?: Definition[] } | undefined)?.map ?? [];

/** Walks the WITH of a node. @returns the names that the rest of the node sees and nothing beside it */
function walkWith(node: Node, visible: Set<string>, walk: (value: unknown) => void): string[] {
  const added: string[] = [];
  for (const { key, value } of definitionsOf(node)) {
    const name = key.toLowerCase();
    // Unless it is recursive, a WITH does not see itself: its own name in it means a table.
    const seesItself = value.query.node.type === 'RECURSIVE_CTE_NODE';
    if (!seesItself) walk(value);
    if (!visible.has(name)) {
      visible.add(name);
      added.push(name);
    }
    if (seesItself) walk(value);
  }
  return added;
}

function referenceOf(sql: string, node: Node, visible: ReadonlySet<string>): TableReference | undefined {
  if (node.type !== 'BASE_TABLE') return undefined;
  const [catalog, schema, name] = [node.catalog_name, node.schema_name, node.table_name] as string[];
  const offset = offsetOf(node);
  if (catalog) throw at(sql, offset, `Name a table as layer.name, not as ${catalog}.${schema}.${name}`);
  if (visible.has(name.toLowerCase()) && (schema === '' || schema === 'recurring')) return undefined;
  return { table: schema ? `${schema}.${name}` : name, offset };
}

function refuseForbidden(sql: string, node: Node): void {
  if (node.type === 'SHOW_REF') throw at(sql, offsetOf(node), 'Only a SELECT is allowed, not SHOW, DESCRIBE or SUMMARIZE');
  if (node.type === 'TABLE_FUNCTION') {
    const { function_name: name } = node.function as { function_name: string };
    if (!TABLE_FUNCTIONS.includes(name.toLowerCase())) {
      throw at(
        sql,
        offsetOf(node),
        `The function ${name} is not allowed in FROM. Name a table there, or one of ${TABLE_FUNCTIONS.join(', ')}`,
      );
    }
  }
  if (node.class === 'FUNCTION' && FORBIDDEN_FUNCTIONS.includes(String(node.function_name).toLowerCase())) {
    throw at(sql, offsetOf(node), `The function ${String(node.function_name)} is not allowed`);
  }
}

const offsetOf = (node: Node): number => Number(node.query_location);

function at(sql: string, offset: number, reason: string): SqlForbiddenError {
  const place = placeOfByte(sql, offset);
  return new SqlForbiddenError(reason, place?.line, place?.column);
}
