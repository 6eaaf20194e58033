import type { YamlProblem } from '../../config/yaml-file.js';
import { SqlError } from '../../engines/sql/sql.errors.js';
import type { Relation, SqlEngine } from '../../engines/sql/sql.port.js';

interface ConstrainedModel {
  readonly constraints: Readonly<Record<string, string>>;
  readonly constraintLines: Readonly<Record<string, number>>;
}

/**
 * What is wrong with the constraints of a model, each with its line.
 * @param made what the model makes, as soon as that is there: without it nobody knows the columns
 */
export async function findConstraintProblems(sql: SqlEngine, model: ConstrainedModel, made?: Relation): Promise<YamlProblem[]> {
  const found = await Promise.all(
    Object.entries(model.constraints).map(async ([name, condition]) => {
      const reason = await reasonAgainst(sql, condition, made);
      return reason === undefined ? [] : [{ line: model.constraintLines[name], message: `constraints.${name}: ${reason}` }];
    }),
  );
  return found.flat();
}

async function reasonAgainst(engine: SqlEngine, condition: string, made: Relation | undefined): Promise<string | undefined> {
  try {
    await engine.condition({ sql: condition });
    if (made === undefined) return undefined;
    // Asked twice: what groups rows may be selected, but no row is filtered by it.
    const sql = `select (\n${condition}\n) as holds from candidate where (\n${condition}\n)`;
    const [{ type }] = await engine.describe({ sql, tables: { candidate: made } });
    return type === 'BOOLEAN' ? undefined : `is no condition: it gives a ${type}, neither true nor false`;
  } catch (error) {
    if (error instanceof SqlError) return error.reason;
    throw error;
  }
}
