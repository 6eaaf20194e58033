import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { SqlError } from '../../engines/sql/sql.errors.js';
import { type Parsed, SqlEngine } from '../../engines/sql/sql.port.js';
import { findConstraintProblems } from '../expectations/constraint-check.js';
import { findExpectationProblems } from '../expectations/expectation-check.js';
import { InvalidModelFileError, TransformNotFoundError } from '../medallion.errors.js';
import { readModels, type SqlModel } from './model-file.js';
import { inBuildOrder, withAncestors } from './model-graph.js';

export interface ReferencedModel extends SqlModel {
  /** The tables that the SELECT reads. */
  readonly reads: readonly string[];
}

/** The SQL models of the workspace, read and checked once at start: a broken one stops it. */
@Injectable()
export class TransformsService implements OnModuleInit {
  private models: ReadonlyMap<string, ReferencedModel> = new Map();
  private order: readonly string[] = [];

  constructor(
    @Inject(LabConfig) private readonly config: LabConfig,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  async onModuleInit(): Promise<void> {
    const models = await Promise.all((await readModels(this.config.workspaceDir)).map((model) => this.reference(model)));
    this.models = new Map(models.map((model) => [model.name, model]));
    this.order = inBuildOrder(this.reads());
  }

  /**
   * Models with all models that they read, in build order.
   * @param names all models when not given
   * @throws {TransformNotFoundError}
   */
  inOrder(names?: readonly string[]): ReferencedModel[] {
    const unknown = names?.find((name) => !this.models.has(name));
    if (unknown) throw new TransformNotFoundError(unknown, this.order);
    const wanted = withAncestors(names ?? this.order, this.reads());
    return this.order.filter((name) => wanted.has(name)).map((name) => this.models.get(name) as ReferencedModel);
  }

  private reads(): Map<string, readonly string[]> {
    return new Map([...this.models].map(([name, { reads }]) => [name, reads]));
  }

  private async reference(model: SqlModel): Promise<ReferencedModel> {
    const reads = (await this.parse(model, model.sql, model.sqlLine)).tables;
    const problems = [
      ...(await findConstraintProblems(this.sql, model)),
      ...(await findExpectationProblems(this.sql, { ...model, reads })),
    ];
    if (problems.length > 0) throw new InvalidModelFileError(model.file, problems);
    return { ...model, reads };
  }

  private async parse(model: SqlModel, sql: string, firstLine: number): Promise<Parsed> {
    try {
      return await this.sql.parse(sql);
    } catch (error) {
      if (error instanceof SqlError) {
        throw new InvalidModelFileError(model.file, [{ line: firstLine + (error.line ?? 1) - 1, message: error.reason }]);
      }
      throw error;
    }
  }
}
