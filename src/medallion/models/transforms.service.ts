import { join } from 'node:path';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import type { YamlProblem } from '../../config/yaml-file.js';
import { SqlError } from '../../engines/sql/sql.errors.js';
import { type Parsed, SqlEngine } from '../../engines/sql/sql.port.js';
import { findConstraintProblems } from '../expectations/constraint-check.js';
import { findExpectationProblems } from '../expectations/expectation-check.js';
import { InvalidModelFileError, ModelCycleError, TransformNotFoundError } from '../medallion.errors.js';
import { readModels, SEED_TABLE, type SqlModel } from './model-file.js';
import { inBuildOrder, withAncestors } from './model-graph.js';
import { inInterval, lineOf } from './model-text.js';
import { seedRelation } from './seed.js';

export interface ReferencedModel extends SqlModel {
  /** The tables and views that the SELECT reads. */
  readonly reads: readonly string[];
}

const LAYERS: readonly string[] = ['bronze', 'silver', 'gold'];

/** Any interval: to look at a SELECT as SQL. */
const SOME_INTERVAL = { start: new Date(0), end: new Date(86_400_000) };

/** The SELECT as an engine reads it, whatever the interval. */
export const sampleSql = (model: Pick<SqlModel, 'sql'>): string => inInterval(model.sql, SOME_INTERVAL);

/** The SQL models of the workspace, read and checked at start, where a broken one stops it, and before each build. */
@Injectable()
export class TransformsService implements OnModuleInit {
  private models: ReadonlyMap<string, ReferencedModel> = new Map();
  private order: readonly string[] = [];

  constructor(
    @Inject(LabConfig) private readonly config: LabConfig,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.refresh();
  }

  /** Takes the files of the workspace as they are now. @throws {InvalidModelFileError} and leaves all as it was */
  async refresh(): Promise<void> {
    const files = await readModels(this.config.workspaceDir);
    const known = new Map([...this.models.values()].map((model) => [JSON.stringify(unreferenced(model)), model]));
    const kept = (model: SqlModel): ReferencedModel | undefined =>
      // What a seed declares is held against its file, which may have changed.
      model.kind === 'seed' ? undefined : known.get(JSON.stringify(model));
    const models = await Promise.all(files.map(async (model) => kept(model) ?? (await this.reference(model))));
    const found = new Map(models.map((model) => [model.name, model]));
    const order = orderOf(found);
    [this.models, this.order] = [found, order];
  }

  find(name: string): ReferencedModel | undefined {
    return this.models.get(name);
  }

  /**
   * Models with all models that they read, in build order.
   * @param names all models when not given
   * @throws {TransformNotFoundError}
   */
  inOrder(names?: readonly string[]): ReferencedModel[] {
    const unknown = names?.find((name) => !this.models.has(name));
    if (unknown) throw new TransformNotFoundError(unknown, this.order);
    const wanted = withAncestors(names ?? this.order, readsOf(this.models));
    return this.order.filter((name) => wanted.has(name)).map((name) => this.models.get(name) as ReferencedModel);
  }

  private async reference(model: SqlModel): Promise<ReferencedModel> {
    if (model.kind === 'seed') await this.refuseBadSeed(model);
    const { tables } = await this.parse(model, sampleSql(model), model.sqlLine);
    const reads = model.kind === 'seed' ? [] : tables;
    const problems = [
      ...layerProblems(model, reads),
      ...(await findConstraintProblems(this.sql, model)),
      ...(await findExpectationProblems(this.sql, { ...model, reads })),
    ];
    if (problems.length > 0) throw new InvalidModelFileError(model.file, problems);
    return { ...model, reads };
  }

  private async refuseBadSeed({ file, csv, headerLines }: SqlModel): Promise<void> {
    if (!csv) return;
    const tables = { [SEED_TABLE]: seedRelation(join(this.config.workspaceDir, csv.path), csv) };
    try {
      await this.sql.describe({ sql: `select * from ${SEED_TABLE}`, tables });
    } catch (error) {
      // The engine calls a file of this machine by the name of its table.
      throw new InvalidModelFileError(file, [{ line: headerLines.csv, message: `${csv.path}: ${(error as Error).message}` }]);
    }
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

const unreferenced = ({ reads: _, ...model }: ReferencedModel): SqlModel => model;

const readsOf = (models: ReadonlyMap<string, ReferencedModel>): Map<string, readonly string[]> =>
  new Map([...models].map(([name, { reads }]) => [name, reads]));

/** @throws {InvalidModelFileError} for a circle, with the line of each reference in it */
function orderOf(models: ReadonlyMap<string, ReferencedModel>): string[] {
  try {
    return inBuildOrder(readsOf(models));
  } catch (error) {
    if (!(error instanceof ModelCycleError)) throw error;
    const places = error.cycle.slice(0, -1).map((name, index) => {
      const model = models.get(name) as ReferencedModel;
      return `${model.file}:${lineOfReference(model, error.cycle[index + 1])}`;
    });
    throw new ModelCycleError(error.cycle, places);
  }
}

/** A name without a layer could mean several tables, and one in another layer means none. */
function layerProblems(model: SqlModel, reads: readonly string[]): YamlProblem[] {
  return reads.flatMap((name) => {
    const [layer, table] = name.split('.');
    const line = lineOfReference(model, name);
    if (table === undefined) {
      return { line, message: `"${name}" could be a table of any layer. Write ${LAYERS.map((each) => `${each}.${name}`).join(', ')}.` };
    }
    return [...LAYERS, 'quarantine'].includes(layer) ? [] : { line, message: `"${name}" is in no layer: there are ${LAYERS.join(', ')}.` };
  });
}

function lineOfReference({ sql, sqlLine }: SqlModel, name: string): number {
  const parts = name.split('.').map((part) => `"?${part.replace(/[^\w]/g, '\\$&')}"?`);
  const found = new RegExp(`(?<![\\w"])${parts.join('\\s*\\.\\s*')}(?![\\w"])`, 'i').exec(sql);
  return found ? sqlLine + lineOf(sql, found.index) - 1 : sqlLine;
}
