import type { Column, Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import type { JsonOptions } from '../source.schema.js';
import { refuseNames } from './column-names.js';
import { JsonScanner } from './json-scanner.js';
import { narrowed } from './nested-value.js';
import { type ReadingWork, type ReceivedColumn, type ReceivedFile, screened } from './received-file.js';
import { CARRIED_LINE } from './received-line.js';
import { numberedJson } from './screening.js';
import { isJson, isNested, PLAIN_FORMAT, quotedName } from './value-sql.js';

/**
 * @param known types of the table's columns by lower case name: what is not declared has these
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
  const columns = rows > 0 ? columnsOf(options, known, await detected(sql, file)) : [];
  const names = columns.map(({ name }) => name);
  refuseNames(names, reading);
  const received: Column[] = columns.map(({ name, type, nested }) => ({ name, type: nested ? type : 'JSON' }));
  const relation: Relation = { format: 'json', files: [file], columns: [{ name: CARRIED_LINE, type: 'BIGINT' }, ...received] };
  return { relation, columns, format: PLAIN_FORMAT, rows, rejects: reading.rejects, textsOf };
}

async function detected(sql: SqlEngine, file: string): Promise<Column[]> {
  const describe = (maps: boolean): Promise<Column[]> =>
    sql.describe({ sql: 'SELECT * FROM received', tables: { received: { format: 'json', files: [file], maps } } });
  const columns = await describe(true);
  // Rows of some hundred keys with values of one type are one map to DuckDB: then they are no columns.
  return columns.some(({ name }) => name === CARRIED_LINE) ? columns : describe(false);
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

/** What is nested is read as what it is only where the table has it the same: it may have other fields. */
const inTable = (known: string | undefined, found: string): string | undefined =>
  known !== undefined && isNested(known) && known === found ? undefined : known;

function columnOf(name: string, detected: string, declared: string | undefined): ReceivedColumn {
  const type = declared ?? narrowed(detected);
  const nested = isJson(type) || (isNested(type) && declared === undefined && type === detected);
  return {
    ...{ name, type, nested, cast: isNested(type) && !nested, declared: declared !== undefined },
    sql: nested ? quotedName(name) : `(${quotedName(name)} ->> '$')`,
    wider: declared === undefined && type !== detected ? [detected] : undefined,
  };
}
