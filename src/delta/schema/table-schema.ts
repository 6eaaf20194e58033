import type { Column, Query } from '../../engines/sql/sql.port.js';
import { SchemaMismatchError } from '../delta.errors.js';
import type { DeltaColumn } from '../delta.types.js';
import { type StructField, structOf, widensTo } from './delta-type.js';
import { inUtc, quoteIdentifier, typeFromSql, typeToSql } from './sql-type.js';

type Fields = readonly StructField[];

export const serialiseSchema = (fields: Fields): string => JSON.stringify(structOf(fields));

/** @throws {SyntaxError} {TypeError} for what is no schema */
export function parseSchema(schemaString: string): Fields {
  const { fields } = JSON.parse(schemaString) as { readonly fields?: Fields };
  if (!Array.isArray(fields)) throw new TypeError('its schema has no fields');
  return fields;
}

export const columnsOf = (fields: Fields): DeltaColumn[] =>
  fields.map(({ name, type, nullable, metadata }) => ({
    name,
    type: typeToSql(type, name),
    nullable,
    ...(typeof metadata.comment === 'string' ? { description: metadata.comment } : {}),
  }));

/**
 * The fields of a table that takes the columns of a query as its own. A column that the table had already with the same
 * type keeps its description and whether it may be null.
 * @throws {SchemaMismatchError} when two names differ only in case
 */
export function fieldsFrom(table: string, columns: readonly Column[], previous: Fields = []): Fields {
  refuseTwins(table, columns);
  const known = byName(previous);
  return columns.map((column) => {
    const { name } = column;
    const type = inUtc(typeFromSql(column));
    const before = known.get(name.toLowerCase());
    if (before && same(before.type, type)) return { ...before, name };
    return { name, type, nullable: true, metadata: before?.metadata.comment ? { comment: before.metadata.comment } : {} };
  });
}

/** @throws {SchemaMismatchError} with every column that the table does not take, not only the first */
export function refuseMisfits(table: string, columns: readonly Column[], fields: Fields): void {
  refuseTwins(table, columns);
  const given = byName(columns);
  const known = byName(fields);
  const differences = [
    ...columns
      .filter(({ name }) => !known.has(name.toLowerCase()))
      .map(({ name, type }) => `it has no column "${name}" (${type})`),
    ...fields.flatMap((field) => {
      const column = given.get(field.name.toLowerCase());
      if (!column) return [`its column "${field.name}" is missing`];
      if (widensTo(typeFromSql(column), field.type)) return [];
      return [`its column "${field.name}" is ${sqlOf(field)}, not ${column.type}`];
    }),
  ];
  if (differences.length > 0) throw new SchemaMismatchError(table, differences);
}

/** The query with the columns of the fields, NULL where it has none; the query itself where it has them so. */
export function castTo(fields: Fields, query: Query, columns: readonly Column[]): Query {
  const fits = columns.length === fields.length && fields.every((field, at) => isAsStored(columns[at], field));
  if (fits) return query;
  const given = byName(columns);
  const select = fields.map((field) => {
    const column = given.get(field.name.toLowerCase());
    if (!column) return `CAST(NULL AS ${sqlOf(field)}) AS ${quoteIdentifier(field.name)}`;
    const source = quoteIdentifier(column.name);
    const value = column.type === sqlOf(field) ? source : `CAST(${source} AS ${sqlOf(field)})`;
    return `${value} AS ${quoteIdentifier(field.name)}`;
  });
  // The line break ends a comment in the last line of the query.
  return { ...query, sql: `SELECT ${select.join(', ')} FROM (\n${query.sql.replace(/;\s*$/, '')}\n) AS result` };
}

/** The fields with these descriptions; the very same fields when nothing changes. */
export function describeFields(fields: Fields, descriptions: Readonly<Record<string, string>> = {}): Fields {
  const wanted = new Map(Object.entries(descriptions).map(([name, text]) => [name.toLowerCase(), text]));
  const commentOf = (field: StructField): unknown => wanted.get(field.name.toLowerCase()) ?? field.metadata.comment;
  if (fields.every((field) => commentOf(field) === field.metadata.comment)) return fields;
  return fields.map((field) => ({ ...field, metadata: { ...field.metadata, comment: commentOf(field) } }));
}

export function refuseTwins(table: string, columns: readonly Column[]): void {
  const seen = new Set<string>();
  const twins = columns.filter(({ name }) => seen.size === seen.add(name.toLowerCase()).size);
  if (twins.length > 0) {
    throw new SchemaMismatchError(
      table,
      twins.map(({ name }) => `the name "${name}" is given twice (upper and lower case count as the same)`),
    );
  }
}

const sqlOf = ({ name, type }: StructField): string => typeToSql(type, name);

const isAsStored = (column: Column, field: StructField): boolean => column.name === field.name && column.type === sqlOf(field);

const byName = <T extends { readonly name: string }>(items: readonly T[]): Map<string, T> =>
  new Map(items.map((item) => [item.name.toLowerCase(), item]));

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);
