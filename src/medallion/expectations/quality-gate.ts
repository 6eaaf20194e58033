import { Inject, Injectable } from '@nestjs/common';
import { CatalogService } from '../../catalog/catalog.service.js';
import type { QualityCheck } from '../../catalog/catalog.types.js';
import { SqlError } from '../../engines/sql/sql.errors.js';
import { type Column, type Query, type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import type { TaskRun } from '../../pipelines/task-run.types.js';
import { ExpectationFailedError, InvalidModelFileError } from '../medallion.errors.js';
import type { ReferencedModel } from '../models/transforms.service.js';
import { BuildQuarantine } from '../quarantine/build-quarantine.js';
import { keepSql, rowCheckSql, tableCheckSql, toChecks } from './check-sql.js';
import { findConstraintProblems } from './constraint-check.js';
import { isRowRule, type Rule, toRules } from './rule.js';

/** What a model made, held against its expectations. */
export interface Inspection {
  readonly checks: readonly QualityCheck[];
  /** What takes the candidate's place when rows have to go or mended ones come in. */
  readonly replacement?: Query;
}

const WHAT_HAPPENS: Readonly<Record<string, string>> = { drop: ', left out', quarantine: ', kept in quarantine' };

/** A rule with the line of the model's file that declares it. */
type DeclaredRule = Rule & { readonly line: number };

/** Lets through what keeps the expectations of a model. */
@Injectable()
export class QualityGate {
  constructor(
    @Inject(SqlEngine) private readonly sql: SqlEngine,
    private readonly catalog: CatalogService,
    private readonly quarantine: BuildQuarantine,
  ) {}

  /**
   * Checks all that a model made. Rows go to quarantine only when no expectation stops the build.
   * @param inputs what the model reads, for its own queries
   * @throws {ExpectationFailedError} after the results were kept
   * @throws {InvalidModelFileError} when an expectation or a constraint does not fit the columns, with its line
   */
  async inspect(
    model: ReferencedModel,
    made: Relation,
    inputs: Readonly<Record<string, Relation>>,
    run: TaskRun,
  ): Promise<Inspection> {
    const problems = await findConstraintProblems(this.sql, model, made);
    if (problems.length > 0) throw new InvalidModelFileError(model.file, problems);
    const rules = rulesOf(model, new Date());
    if (rules.length === 0) return { checks: [] };
    const columns = await this.sql.describe({ sql: 'select * from candidate', tables: { candidate: made } });
    refuseUnknownColumns(model, rules, columns);
    try {
      const corrected = await this.quarantine.corrected({ dataset: model.name, rules, candidate: made, columns });
      const candidate = corrected ?? made;
      const checks = await this.check(model, rules, { ...inputs, candidate }, run);
      await this.refuseFailed(model, rules, checks, run);
      const left = checks.filter(({ status }) => status === 'failed').map(({ severity }) => severity);
      if (left.includes('quarantine')) {
        const { rows } = await this.quarantine.put({ dataset: model.name, rules, candidate, columns }, run.runId, run.signal);
        run.log.info(`${model.name}: ${rows.toLocaleString('en')} row(s) are new in quarantine`);
      }
      if (corrected) return { checks, replacement: { sql: keepSql(rules, 'corrected'), tables: { corrected } } };
      return { checks, replacement: left.some((severity) => severity !== 'warn') ? { sql: keepSql(rules) } : undefined };
    } catch (error) {
      throw error instanceof SqlError ? await this.located(error, model, rules, { ...inputs, candidate: made }) : error;
    }
  }

  /**
   * Time passes also over a table that nothing has changed: looks at its freshness alone.
   * @throws {ExpectationFailedError} after the results were kept
   */
  async inspectAge(model: ReferencedModel, table: { relation: Relation; version: number }, run: TaskRun): Promise<void> {
    const rules = rulesOf(model, new Date()).filter(({ expectation }) => expectation === 'freshness');
    if (rules.length === 0) return;
    const checks = await this.check(model, rules, { candidate: table.relation }, run);
    await this.refuseFailed(model, rules, checks, run);
    await this.catalog.recordChecks(model.name, table.version, run.runId, checks);
  }

  private async check(
    model: ReferencedModel,
    rules: readonly Rule[],
    tables: Readonly<Record<string, Relation>>,
    { signal }: TaskRun,
  ): Promise<QualityCheck[]> {
    const counts = async (sql: string, over: Readonly<Record<string, Relation>>): Promise<number[]> => {
      const [row] = await this.sql.rows({ sql, tables: over }, { signal });
      return Object.values(row).map(Number);
    };
    const rows = await counts(rowCheckSql(rules), tables);
    if (rules.every(isRowRule)) return toChecks(rules, rows, [rows[0]]);
    return toChecks(rules, rows, await counts(tableCheckSql(rules), withKept(model, rules, tables)));
  }

  private async refuseFailed(
    model: ReferencedModel,
    rules: readonly Rule[],
    checks: readonly QualityCheck[],
    run: TaskRun,
  ): Promise<void> {
    const failed = checks.flatMap((check, index) =>
      check.status === 'failed' ? [{ ...check, sentence: rules[index].sentence }] : [],
    );
    for (const { severity, sentence, failed_rows: rows } of failed) {
      run.log.warn(`${model.name}: ${sentence} in ${rows.toLocaleString('en')} row(s)${WHAT_HAPPENS[severity] ?? ''}`);
    }
    const fatal = failed.filter(({ severity }) => severity === 'fail');
    if (fatal.length === 0) return;
    await this.catalog.recordChecks(model.name, null, run.runId, checks);
    throw new ExpectationFailedError(
      model.name,
      fatal.map(({ sentence, failed_rows: rows }) => `${sentence} (${rows} row(s))`),
    );
  }

  /** Which of the expectations it was that the engine does not take. */
  private async located(
    error: SqlError,
    model: ReferencedModel,
    rules: readonly DeclaredRule[],
    tables: Readonly<Record<string, Relation>>,
  ): Promise<Error> {
    for (const rule of rules) {
      const sql = isRowRule(rule) ? rowCheckSql([rule]) : tableCheckSql([rule]);
      const over = { ...tables, kept: tables.candidate, [model.name]: tables.candidate };
      const fault: unknown = await this.sql.rows({ sql, tables: over }).catch((reason: unknown) => reason);
      if (fault instanceof SqlError) {
        return new InvalidModelFileError(model.file, [{ line: rule.line, message: `${rule.name}: ${fault.reason}` }]);
      }
    }
    return error;
  }
}

/** The tables of rules about the whole: `kept`, and the same under the model's own name. */
function withKept(
  model: ReferencedModel,
  rules: readonly Rule[],
  tables: Readonly<Record<string, Relation>>,
): Record<string, Relation> {
  const kept: Relation = { format: 'view', query: { sql: keepSql(rules), tables: { candidate: tables.candidate } } };
  return { ...tables, kept, [model.name]: kept };
}

const rulesOf = ({ expectations, expectationLines }: ReferencedModel, now: Date): DeclaredRule[] =>
  expectations.flatMap((expectation, index) =>
    toRules(expectation, { now }).map((rule) => ({ ...rule, line: expectationLines[index] })),
  );

function refuseUnknownColumns(model: ReferencedModel, rules: readonly DeclaredRule[], columns: readonly Column[]): void {
  const known = new Set(columns.map(({ name }) => name.toLowerCase()));
  const problems = rules.flatMap(({ line, name, columns: used }) =>
    used
      .filter((column) => !known.has(column.toLowerCase()))
      .map((column) => ({
        line,
        message: `${name}: the model has no column "${column}". It has: ${columns.map((own) => own.name).join(', ')}.`,
      })),
  );
  if (problems.length > 0) throw new InvalidModelFileError(model.file, problems);
}
