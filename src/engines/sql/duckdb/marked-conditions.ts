import type { DuckDBConnection } from '@duckdb/node-api';
import type { MarkedConditions } from '../sql.port.js';
import { isNode, type Node, SelectSyntax } from './select-syntax.js';

/** A table in a FROM, with the names by which columns of it may be called. */
interface Source {
  readonly table: string;
  readonly prefixes: readonly (readonly string[])[];
}

/**
 * Conditions of the SELECTs in a query that name one of `marks` as a column: the parts between the ANDs of their WHERE and
 * their JOIN … ON. Each stands with every table that it may be about; what the query itself defines is none.
 */
export async function markedConditions(
  connection: DuckDBConnection,
  sql: string,
  marks: readonly string[],
): Promise<MarkedConditions[]> {
  const syntax = await SelectSyntax.read(connection, sql);
  const known = new Set(syntax.tables.map(({ table }) => table.toLowerCase()));
  const found = selectsIn(syntax.tree).flatMap((select) => {
    const sources = sourcesIn(select.from_table).filter(({ table }) => known.has(table.toLowerCase()));
    const marked = conjuncts(select).filter((part) => isReadable(part) && columnsIn(part).some((names) => isMark(names, marks)));
    return sources.map((source) => ({ table: source.table, nodes: marked.flatMap((part) => aboutOne(part, source, marks)) }));
  });
  return Promise.all(
    found
      .filter(({ nodes }) => nodes.length > 0)
      .map(async ({ table, nodes }) => ({ table, conditions: await Promise.all(nodes.map((node) => toSql(connection, node))) })),
  );
}

/** A condition as one over the columns of a table alone, unless it names those of another. */
function aboutOne(condition: Node, { prefixes }: Source, marks: readonly string[]): Node[] {
  const isForeign = (names: readonly string[]): boolean => names.length > 1 && prefixOf(names, prefixes) === undefined;
  if (columnsIn(condition).some((names) => !isMark(names, marks) && isForeign(names))) return [];
  return [mapColumns(condition, (names) => names.slice(prefixOf(names, prefixes)?.length ?? 0))];
}

/** A whole number that JSON cannot hold would come back as another; a SELECT in it has tables of its own. */
function isReadable(condition: unknown): boolean {
  if (typeof condition === 'number') return !Number.isInteger(condition) || Number.isSafeInteger(condition);
  if (typeof condition !== 'object' || condition === null) return true;
  if ((condition as Node).class === 'SUBQUERY') return false;
  return Object.entries(condition).every(([key, value]) => key === 'query_location' || isReadable(value));
}

const isMark = (names: readonly string[], marks: readonly string[]): boolean => names.length === 1 && marks.includes(names[0]);

/** `s.sold`, `sales.sold` or `silver.sales.sold`; a struct's field may look alike, and is then taken for what it looks like. */
const prefixOf = (names: readonly string[], prefixes: Source['prefixes']): readonly string[] | undefined =>
  prefixes.find(
    (prefix) => prefix.length < names.length && prefix.every((part, at) => part.toLowerCase() === names[at].toLowerCase()),
  );

function selectsIn(tree: unknown): Node[] {
  if (Array.isArray(tree)) return tree.flatMap(selectsIn);
  if (!isNode(tree)) return [];
  const below = Object.values(tree).flatMap(selectsIn);
  return tree.type === 'SELECT_NODE' ? [tree, ...below] : below;
}

function sourcesIn(from: unknown): Source[] {
  if (!isNode(from)) return [];
  if (from.type === 'JOIN') return [...sourcesIn(from.left), ...sourcesIn(from.right)];
  if (from.type !== 'BASE_TABLE') return [];
  const [schema, name, alias] = [from.schema_name, from.table_name, from.alias] as string[];
  const whole = schema ? [schema, name] : [name];
  return [{ table: whole.join('.'), prefixes: alias ? [[alias]] : [whole, [name]] }];
}

function conjuncts({ where_clause: where, from_table: from }: Node): Node[] {
  return [...partsOf(where), ...joinConditions(from).flatMap(partsOf)];
}

function partsOf(condition: unknown): Node[] {
  if (!isNode(condition)) return [];
  return condition.type === 'CONJUNCTION_AND' ? (condition.children as unknown[]).flatMap(partsOf) : [condition];
}

function joinConditions(from: unknown): unknown[] {
  if (!isNode(from) || from.type !== 'JOIN') return [];
  return [from.condition, ...joinConditions(from.left), ...joinConditions(from.right)];
}

function columnsIn(tree: unknown): (readonly string[])[] {
  if (Array.isArray(tree)) return tree.flatMap(columnsIn);
  if (!isNode(tree)) return [];
  return tree.type === 'COLUMN_REF' ? [tree.column_names as string[]] : Object.values(tree).flatMap(columnsIn);
}

function mapColumns<T>(tree: T, change: (names: readonly string[]) => readonly string[]): T {
  if (Array.isArray(tree)) return tree.map((item: unknown) => mapColumns(item, change)) as T;
  if (!isNode(tree)) return tree;
  if (tree.type === 'COLUMN_REF') return { ...tree, column_names: change(tree.column_names as string[]) } as T;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, mapColumns(value, change)])) as T;
}

async function toSql(connection: DuckDBConnection, expression: Node): Promise<string> {
  const { statement } = await SelectSyntax.read(connection, 'SELECT 1');
  const { node } = statement as { node: Node };
  const tree = { error: false, statements: [{ ...statement, node: { ...node, select_list: [expression] } }] };
  // A place that is not known is a number that JSON cannot hold, and no place is needed here.
  const json = JSON.stringify(tree, (key, value: unknown) => (key === 'query_location' ? 0 : value));
  const result = await connection.runAndReadAll('SELECT json_deserialize_sql(CAST($1 AS JSON))', [json]);
  return (result.getRows()[0][0] as string).slice('SELECT '.length);
}
