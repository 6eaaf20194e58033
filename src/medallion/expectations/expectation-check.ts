import type { YamlProblem } from '../../config/yaml-file.js';
import { SqlError } from '../../engines/sql/sql.errors.js';
import type { SqlEngine } from '../../engines/sql/sql.port.js';
import type { Expectation } from './expectation.schema.js';
import { quoteText } from './rule.js';

interface CheckedModel {
  readonly name: string;
  readonly reads: readonly string[];
  readonly expectations: readonly Expectation[];
  readonly expectationLines: readonly number[];
}

/** What is wrong with the patterns and the SQL of a model's expectations, before any table is there: each with its line. */
export async function findExpectationProblems(sql: SqlEngine, model: CheckedModel): Promise<YamlProblem[]> {
  const found = await Promise.all(
    model.expectations.map(async (expectation, index) => {
      const message = await problemOf(sql, model, expectation);
      return message === undefined ? [] : [{ line: model.expectationLines[index], message }];
    }),
  );
  return found.flat();
}

async function problemOf(sql: SqlEngine, model: CheckedModel, expectation: Expectation): Promise<string | undefined> {
  try {
    if ('regex' in expectation) await sql.describe({ sql: `select regexp_matches('', ${quoteText(expectation.regex.pattern)})` });
    if ('sql' in expectation) return await conditionProblem(sql, expectation.sql.condition);
    if ('no_rows' in expectation) return await queryProblem(sql, model, expectation.no_rows.query);
    return undefined;
  } catch (error) {
    if (error instanceof SqlError) return `${Object.keys(expectation)[0]}: ${error.reason}`;
    throw error;
  }
}

async function conditionProblem(sql: SqlEngine, condition: string): Promise<string | undefined> {
  const { tables } = await sql.parse(`select coalesce((\n${condition}\n), true)`);
  if (tables.length === 0) return undefined;
  return `sql: a condition is about one row and reads no table (here ${tables.join(', ')}). Use no_rows {query} for that.`;
}

async function queryProblem(sql: SqlEngine, { name, reads }: CheckedModel, query: string): Promise<string | undefined> {
  const { tables } = await sql.parse(query);
  const allowed = [name, ...reads];
  const foreign = tables.filter((table) => !allowed.includes(table));
  if (foreign.length === 0) return undefined;
  return `no_rows: the query reads ${foreign.join(', ')}. It may read what the model makes and what it reads: ${allowed.join(', ')}.`;
}
