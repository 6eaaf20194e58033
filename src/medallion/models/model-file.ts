import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { lineInYaml, parseYaml } from '../../config/yaml-file.js';
import { EXPECTATION_KINDS } from '../expectations/expectation.schema.js';
import { InvalidModelFileError } from '../medallion.errors.js';
import { ModelHeader } from './model.schema.js';

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
}

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
  const header = parseHeader(file, match[1], firstLine);
  const expected = file
    .replace(/^transforms\//, '')
    .replace(/\.sql$/, '')
    .replace('/', '.');
  if (header.name !== expected) {
    throw refusal(file, firstLine, `the name is "${header.name}", but a file in this place is the model "${expected}".`);
  }
  const lineOfHeader = (path: readonly PropertyKey[]): number => lineInYaml(match[1], path, firstLine);
  const sql = text.slice(match[0].length).trim().replace(/;\s*$/, '');
  if (!sql) throw refusal(file, lineOf(text, match[0].length), 'has a header but no SELECT.');
  return {
    ...header,
    file,
    sql,
    sqlLine: lineOf(text, text.indexOf(sql, match[0].length)),
    expectationLines: header.expectations.map((_, index) => lineOfHeader(['expectations', index])),
    constraintLines: Object.fromEntries(
      Object.keys(header.constraints).map((name) => [name, lineOfHeader(['constraints', name])]),
    ),
  };
}

const refusal = (file: string, line: number, message: string): InvalidModelFileError =>
  new InvalidModelFileError(file, [{ line, message }]);

function parseHeader(file: string, yaml: string, firstLine: number): ModelHeader {
  const parsed = parseYaml(yaml, ModelHeader, firstLine);
  if (parsed.ok) return parsed.value;
  throw new InvalidModelFileError(
    file,
    parsed.problems.map(({ line, message }) => ({
      line,
      message: message.replace(/^(expectations\.\d+): Invalid input$/, `$1: is no expectation. Allowed: ${EXPECTATION_KINDS}`),
    })),
  );
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
