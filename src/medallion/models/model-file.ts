import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type LineOf, parseYaml } from '../../config/yaml-file.js';
import { EXPECTATION_KINDS } from '../expectations/expectation.schema.js';
import { InvalidModelFileError } from '../medallion.errors.js';
import { ModelHeader } from './model.schema.js';
import { lineOf, PLACEHOLDERS, placeholdersIn } from './model-text.js';

/** A SQL model as it stands in the workspace. */
export interface SqlModel extends ModelHeader {
  /** Relative to the workspace: `transforms/silver/flights.sql`. */
  readonly file: string;
  /** The SELECT without its header. */
  readonly sql: string;
  /** Line of the file on which the SELECT begins, from 1. */
  readonly sqlLine: number;
  /** Line of the file for each of the expectations, from 1. */
  readonly expectationLines: readonly number[];
  /** The same for its constraints, by name. */
  readonly constraintLines: Readonly<Record<string, number>>;
  /** The same for the keys of its header. */
  readonly headerLines: Readonly<Record<string, number>>;
}

/** What of a model only says where something stands, or what becomes of its table afterwards. */
const BESIDES: readonly string[] = ['file', 'sqlLine', 'expectationLines', 'constraintLines', 'headerLines', 'reads', 'publish'];

/** What of a model makes its table what it is: header and SELECT. */
export const substanceOf = (model: SqlModel): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(model).filter(([key]) => !BESIDES.includes(key)));

/** The table of a seed's own SELECT. */
export const SEED_TABLE = 'seed';

const HEADER = /^\s*\/\*---\r?\n([\s\S]*?)\r?\n---\*\/[^\S\n]*\n?/;

/** Every model below `transforms/`, in order of file. No folder means no models. @throws {InvalidModelFileError} */
export async function readModels(workspace: string): Promise<SqlModel[]> {
  const models: SqlModel[] = [];
  for (const layer of ['silver', 'gold']) {
    const names = await readdir(join(workspace, 'transforms', layer)).catch(() => []);
    for (const name of names.filter((entry) => entry.endsWith('.sql')).sort()) {
      const file = posix.join('transforms', layer, name);
      models.push(parseModel(file, await readFile(join(workspace, file), 'utf8')));
    }
  }
  return models;
}

/** @param file as in `transforms/silver/flights.sql`: it gives the model its name @throws {InvalidModelFileError} */
export function parseModel(file: string, text: string): SqlModel {
  const match = HEADER.exec(text);
  if (!match) {
    throw refusal(file, 1, 'begins with no header. Write /*---, YAML with name and description, ---*/ and then one SELECT.');
  }
  const firstLine = lineOf(text, match[0].indexOf(match[1]));
  const { header, lineOf: lineOfHeader } = parseHeader(file, match[1], firstLine);
  const expected = file
    .replace(/^transforms\//, '')
    .replace(/\.sql$/, '')
    .replace('/', '.');
  if (header.name !== expected) {
    throw refusal(file, firstLine, `the name is "${header.name}", but a file in this place is the model "${expected}".`);
  }
  const written = text.slice(match[0].length).trim().replace(/;\s*$/, '');
  const sqlLine = lineOf(text, text.indexOf(written, match[0].length));
  refuseMisfits(file, header, written, sqlLine);
  return {
    ...header,
    file,
    sql: header.kind === 'seed' ? `select * from ${SEED_TABLE}` : written,
    sqlLine,
    headerLines: Object.fromEntries(Object.keys(header).map((key) => [key, lineOfHeader([key])])),
    expectationLines: header.expectations.map((_, index) => lineOfHeader(['expectations', index])),
    constraintLines: Object.fromEntries(
      Object.keys(header.constraints).map((name) => [name, lineOfHeader(['constraints', name])]),
    ),
  };
}

/** What the kind of a model and its SELECT do not agree on. */
function refuseMisfits(file: string, { kind }: ModelHeader, sql: string, sqlLine: number): void {
  if (kind === 'seed' && sql) throw refusal(file, sqlLine, 'is a seed, whose rows are in its CSV file: take the SELECT out.');
  if (kind !== 'seed' && !sql) throw refusal(file, sqlLine, 'has a header but no SELECT.');
  const given = placeholdersIn(sql);
  const problems = given.flatMap(({ name, offset }) => {
    const message = !PLACEHOLDERS.includes(name)
      ? `there is no @${name}: a SELECT may have @start and @end (and abs(${name}) for the absolute value).`
      : kind !== 'incremental_by_time' && `@${name} is given to models of kind incremental_by_time only, and this is ${kind}.`;
    return message ? [{ line: sqlLine + lineOf(sql, offset) - 1, message }] : [];
  });
  if (problems.length > 0) throw new InvalidModelFileError(file, problems);
  if (kind !== 'incremental_by_time') return;
  const missing = PLACEHOLDERS.find((name) => !given.some((placeholder) => placeholder.name === name));
  if (missing) throw refusal(file, sqlLine, `has no @${missing}: each interval would read the rows of all. Filter by @start and @end.`);
}

const refusal = (file: string, line: number, message: string): InvalidModelFileError =>
  new InvalidModelFileError(file, [{ line, message }]);

function parseHeader(file: string, yaml: string, firstLine: number): { header: ModelHeader; lineOf: LineOf } {
  const parsed = parseYaml(yaml, ModelHeader, firstLine);
  if (parsed.ok) return { header: parsed.value, lineOf: parsed.lineOf };
  throw new InvalidModelFileError(
    file,
    parsed.problems.map(({ line, message }) => ({
      line,
      message: message.replace(/^(expectations\.\d+): Invalid input$/, `$1: is no expectation. Allowed: ${EXPECTATION_KINDS}`),
    })),
  );
}
