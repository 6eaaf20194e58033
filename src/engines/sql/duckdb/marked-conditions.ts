import type { DuckDBConnection } from '@duckdb/node-api';
import type { MarkedConditions } from '../sql.port.js';
import { definitionsOf, isNode, type Node, SelectSyntax } from './select-syntax.js';

/** A SELECT in brackets or in a WITH, with the WITHs that it sees. */
interface Derived {
  readonly node: Node;
  readonly visible: Definitions;
  /** Its columns have other names outside. */
  readonly isRenamed: boolean;
}
type Definitions = ReadonlyMap<string, Derived>;

/** What stands in a FROM, with the names by which columns of it may be called. */
interface Source {
  readonly from: string | Derived;
  readonly prefixes: readonly (readonly string[])[];
}

/** What a condition may mean, in the order in which the engine tries it. */
type Forms = readonly Node[];

interface Found {
  readonly table: string;
  readonly conditions: readonly Forms[];
}

/** Names of a SELECT may stand on others; past these it is too deep to be followed. */
const MOST_FORMS = 8;
const MOST_ALIASES = 3;

/**
 * Conditions of the SELECTs in a query that name one of `marks` as a column: the parts between the ANDs of their WHERE and
 * their JOIN … ON. Each stands with every table that it may be about, also where a SELECT without groups, windows and limits
 * stands between.
 */
export async function markedConditions(
  connection: DuckDBConnection,
  sql: string,
  marks: readonly string[],
): Promise<MarkedConditions[]> {
  const syntax = await SelectSyntax.read(connection, sql);
  const found = new MarkSearch(marks, syntax).ofQuery({ node: syntax.tree, visible: new Map(), isRenamed: false }, []);
  const inSql = (forms: Forms): Promise<string[]> => Promise.all(forms.map((form) => toSql(connection, form)));
  return Promise.all(
    found.map(async ({ table, conditions }) => ({ table, conditions: await Promise.all(conditions.map(inSql)) })),
  );
}

class MarkSearch {
  /** By their names in lower case: one may be written in several ways. */
  private readonly known: ReadonlyMap<string, string>;
  /** With which conditions each SELECT was looked at. */
  private readonly seen = new Map<Node, Set<string>>();

  constructor(
    private readonly marks: readonly string[],
    { tables }: SelectSyntax,
  ) {
    this.known = new Map(tables.map(({ table }) => [lower(table), table]));
  }

  /** @param outer conditions that its rows have to fulfil outside of it, over what it reads */
  ofQuery({ node, visible }: Derived, outer: readonly Forms[]): Found[] {
    if (this.isKnown(node, outer)) return [];
    const inside = definitionsIn(node, visible);
    const sources = node.type === 'SELECT_NODE' ? sourcesIn(node.from_table, inside) : [];
    const own = node.type === 'SELECT_NODE' ? conjuncts(node).filter((part) => this.isMarked(part)) : [];
    const conditions = [...own.map((part) => [part]), ...outer].map((forms) =>
      distinct(forms.flatMap((form) => withAliases(form, node))),
    );
    const derived = new Set(
      sources
        .map(({ from }) => from)
        .filter((from) => typeof from !== 'string')
        .map((from) => from.node),
    );
    return [
      ...sources.flatMap((source) => this.ofSource(source, conditions)),
      ...queriesBelow(node)
        .filter((query) => !derived.has(query))
        .flatMap((query) => this.ofQuery({ node: query, visible: inside, isRenamed: false }, [])),
    ];
  }

  private ofSource({ from, prefixes }: Source, conditions: readonly Forms[]): Found[] {
    const change = (all: readonly Forms[], to: (form: Node) => Node[]): Forms[] =>
      all.map((forms) => distinct(forms.flatMap(to).filter(isReadable))).filter((forms) => forms.length > 0);
    const about = change(conditions, (form) => this.aboutOne(form, prefixes));
    if (typeof from !== 'string') {
      return this.ofQuery(from, isPlain(from) ? change(about, (form) => this.through(form, from.node)) : []);
    }
    const table = this.known.get(lower(from));
    return table !== undefined && about.length > 0 ? [{ table, conditions: about }] : [];
  }

  private isKnown(node: Node, outer: readonly Forms[]): boolean {
    const before = this.seen.get(node) ?? new Set();
    const key = JSON.stringify(outer);
    if (before.has(key)) return true;
    this.seen.set(node, before.add(key));
    return false;
  }

  private isMarked(part: Node): boolean {
    return isReadable(part) && columnsIn(part).some((names) => this.isMark(names));
  }

  private isMark(names: readonly string[]): boolean {
    return names.length === 1 && this.marks.includes(names[0]);
  }

  /** A condition as one over the columns of a source alone, unless it names those of another. */
  private aboutOne(condition: Node, prefixes: Source['prefixes']): Node[] {
    const isForeign = (names: readonly string[]): boolean => names.length > 1 && prefixOf(names, prefixes) === undefined;
    if (columnsIn(condition).some((names) => !this.isMark(names) && isForeign(names))) return [];
    return [mapColumns(condition, (names) => column(names.slice(prefixOf(names, prefixes)?.length ?? 0)))];
  }

  /** A condition over the columns that a SELECT gives as one over those that it reads. */
  private through(condition: Node, select: Node): Node[] {
    const meanings = (names: readonly string[]): Node[] => (this.isMark(names) ? [column(names)] : meaningsOf(names, select));
    if (columnsIn(condition).some((names) => meanings(names).length === 0)) return [];
    return [0, -1].map((place) => mapColumns(condition, (names) => meanings(names).at(place) as Node));
  }
}

const column = (names: readonly string[]): Node => ({
  ...{ class: 'COLUMN_REF', type: 'COLUMN_REF', alias: '', query_location: 0 },
  column_names: names,
});

function distinct(forms: Forms): Forms {
  const byText = new Map(forms.map((form) => [JSON.stringify(form), form] as const).reverse());
  return [...byText.values()].reverse().slice(0, MOST_FORMS);
}

/** A name is a column of what the SELECT reads, or else what the SELECT calls so. */
function withAliases(condition: Node, { select_list: list = [] }: Node): Forms {
  const aliases = new Map((list as Node[]).map((item) => [lower(item.alias), item] as const).reverse());
  aliases.delete('');
  const forms = [condition];
  for (let step = 0; step < MOST_ALIASES; step++) {
    const meant = (names: readonly string[]): Node | undefined => (names.length === 1 ? aliases.get(lower(names[0])) : undefined);
    if (!columnsIn(forms[step]).some(meant)) break;
    forms.push(mapColumns(forms[step], (names) => unnamed(meant(names) ?? column(names))));
  }
  return forms;
}

/** A row of it comes from one row of what it reads, whatever the others are. */
function isPlain({ node, isRenamed }: Derived): boolean {
  if (isRenamed || node.type !== 'SELECT_NODE' || node.qualify || node.sample) return false;
  const { modifiers, group_expressions: groups, aggregate_handling: aggregates, select_list: list } = node;
  return (
    (modifiers as Node[]).every(({ type }) => type === 'ORDER_MODIFIER') &&
    (groups as Node[]).length === 0 &&
    aggregates === 'STANDARD_HANDLING' &&
    !hasWindow(list)
  );
}

const hasWindow = (tree: unknown): boolean =>
  typeof tree === 'object' && tree !== null && ((tree as Node).class === 'WINDOW' || Object.values(tree).some(hasWindow));

/** What a column of a SELECT may be in what that reads: a * may give it, or not. */
function meaningsOf([name, ...fields]: readonly string[], { select_list: list }: Node): Node[] {
  return (list as Node[]).flatMap((item) => {
    if (item.type === 'STAR') return starMeanings(item, [name, ...fields]);
    const names = item.type === 'COLUMN_REF' ? (item.column_names as string[]) : [];
    if (lower(item.alias || names.at(-1)) !== lower(name)) return [];
    if (fields.length === 0) return [unnamed(item)];
    return names.length > 0 ? [column([...names, ...fields])] : [];
  });
}

function starMeanings(star: Node, names: readonly string[]): Node[] {
  const isNamed = (other: unknown): boolean => lower(other) === lower(names[0]);
  const lists = [star.qualified_exclude_list, star.rename_list] as Node[][];
  if (star.columns || star.expr || lists.some((list) => list.length > 0)) return [];
  if ((star.exclude_list as string[]).some(isNamed)) return [];
  const replaced = (star.replace_list as { key: string; value: Node }[]).find(({ key }) => isNamed(key));
  if (replaced) return names.length === 1 ? [unnamed(replaced.value)] : [];
  return [column(star.relation_name ? [star.relation_name as string, ...names] : names)];
}

const lower = (name: unknown): string => String(name ?? '').toLowerCase();
const unnamed = (expression: Node): Node => ({ ...expression, alias: '' });

/** A whole number that JSON cannot hold would come back as another; a SELECT in it has tables of its own. */
function isReadable(condition: unknown): boolean {
  if (typeof condition === 'number') return !Number.isInteger(condition) || Number.isSafeInteger(condition);
  if (typeof condition !== 'object' || condition === null) return true;
  if ((condition as Node).class === 'SUBQUERY') return false;
  return Object.entries(condition).every(([key, value]) => key === 'query_location' || isReadable(value));
}

/** `s.sold`, `sales.sold` or `silver.sales.sold`; a struct's field may look alike, and is then taken for what it looks like. */
const prefixOf = (names: readonly string[], prefixes: Source['prefixes']): readonly string[] | undefined =>
  prefixes.find(
    (prefix) => prefix.length < names.length && prefix.every((part, at) => part.toLowerCase() === names[at].toLowerCase()),
  );

function definitionsIn(node: Node, visible: Definitions): Definitions {
  let names = visible;
  for (const { key, value } of definitionsOf(node)) {
    names = new Map(names).set(lower(key), { node: value.query.node, visible: names, isRenamed: value.aliases.length > 0 });
  }
  return names;
}

/** SELECTs and UNIONs that stand in a part of a tree, without those in them. */
function queriesBelow(tree: Node): Node[] {
  return Object.entries(tree).flatMap(([key, child]) => (key === 'cte_map' ? [] : queriesIn(child)));
}

function queriesIn(tree: unknown): Node[] {
  if (Array.isArray(tree)) return tree.flatMap(queriesIn);
  if (!isNode(tree)) return [];
  return /_NODE$/.test(String(tree.type)) ? [tree] : queriesBelow(tree);
}

function sourcesIn(from: unknown, visible: Definitions): Source[] {
  if (!isNode(from)) return [];
  if (from.type === 'JOIN') return [...sourcesIn(from.left, visible), ...sourcesIn(from.right, visible)];
  const isRenamed = ((from.column_name_alias ?? []) as string[]).length > 0;
  const alias = from.alias as string;
  if (from.type === 'SUBQUERY') {
    const { node } = from.subquery as { node: Node };
    return [{ from: { node, visible, isRenamed }, prefixes: alias ? [[alias]] : [] }];
  }
  if (from.type !== 'BASE_TABLE') return [];
  const [schema, name] = [from.schema_name, from.table_name] as string[];
  const whole = schema ? [schema, name] : [name];
  const prefixes = alias ? [[alias]] : [whole, [name]];
  const derived = schema ? undefined : visible.get(lower(name));
  return [{ from: derived ? { ...derived, isRenamed: isRenamed || derived.isRenamed } : whole.join('.'), prefixes }];
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

function mapColumns<T>(tree: T, change: (names: readonly string[]) => Node): T {
  if (Array.isArray(tree)) return tree.map((item: unknown) => mapColumns(item, change)) as T;
  if (!isNode(tree)) return tree;
  if (tree.type === 'COLUMN_REF') return change(tree.column_names as string[]) as T;
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
