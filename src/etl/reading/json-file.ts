import type { Column, Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import type { JsonOptions } from '../source.schema.js';
import { refuseNames } from './column-names.js';
import { JsonScanner } from './json-scanner.js';
import { type ReadingWork, type ReceivedColumn, type ReceivedFile, screened } from './received-file.js';
import { CARRIED_LINE } from './received-line.js';
import { numberedJson } from './screening.js';
import { isNested, PLAIN_FORMAT, quotedName } from './value-sql.js';

/**
 * @param known types of the table's columns by lower case name: what is not declared has these, unless it is nested
 * @throws {UnreadableSourceError} when its keys cannot be the columns of one table
 */
export async function readJson(
  options: JsonOptions,
  known: ReadonlyMap<string, string>,
  { sql, reading }: { sql: SqlEngine; reading: ReadingWork },
): Promise<ReceivedFile> {
  const { file, rows, textsOf } = await screened(reading, {
    ...{ encoding: options.encoding, numbered: numberedJson },
    scanner: (isDamaged) => new JsonScanner(options.shape, isDamaged),
  });
  const query = { sql: 'SELECT * FROM received', tables: { received: { format: 'json', files: [file] } } } as const;
  const columns = rows > 0 ? columnsOf(options, known, await sql.describe(query)) : [];
  const names = columns.map(({ name }) => name);
  refuseNames(names, reading);
  const received: Column[] = columns.map(({ name, type, nested }) => ({ name, type: nested ? type : 'JSON' }));
  const relation: Relation = { format: 'json', files: [file], columns: [{ name: CARRIED_LINE, type: 'BIGINT' }, ...received] };
  return { relation, columns, format: PLAIN_FORMAT, rows, rejects: reading.rejects, textsOf };
}

function columnsOf(
  { columns = {} }: JsonOptions,
  known: ReadonlyMap<string, string>,
  found: readonly Column[],
): ReceivedColumn[] {
  const declared = new Map(Object.entries(columns).map(([name, type]) => [name.toLowerCase(), { name, type }]));
  const detected = found
    .filter(({ name }) => name !== CARRIED_LINE)
    .map(({ name, type }) =>
      columnOf(name, type, declared.get(name.toLowerCase())?.type ?? inTable(known.get(name.toLowerCase()), type)),
    );
  const present = new Set(detected.map(({ name }) => name.toLowerCase()));
  const absent = [...declared].filter(([name]) => !present.has(name)).map(([, { name, type }]) => columnOf(name, type, type));
  return [...detected, ...absent];
}

/** Where something nested was found, that of the table is no measure: it may have other fields. */
const inTable = (known: string | undefined, found: string): string | undefined =>
  known === undefined || (isNested(found) && found !== 'JSON' && isNested(known)) ? undefined : known;

function columnOf(name: string, detected: string, declared: string | undefined): ReceivedColumn {
  const type = declared ?? detected;
  const nested = isNested(type);
  return {
    name,
    type,
    nested,
    sql: nested ? quotedName(name) : `(${quotedName(name)} ->> '$')`,
    declared: declared !== undefined,
  };
}
