import { Inject, Injectable } from '@nestjs/common';
import { CatalogService } from '../catalog/catalog.service.js';
import type { Dataset } from '../catalog/catalog.types.js';
import { DeltaService } from '../delta/delta.service.js';
import type { Snapshot } from '../delta/delta.types.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import type { Problem, TrainingSet } from '../estimators/estimator.types.js';
import { type ColumnBuilder, columnBuilder, targetBuilder } from './column-builder.js';
import type { TrainOptions } from './train.schema.js';
import { ColumnNotFoundError, NoTimeColumnError, TooFewRowsError, UnusableColumnError } from './training.errors.js';

const FEWEST_ROWS = 10;

/** What a training reads: the table as of a version, and which columns play which part. */
export interface TrainingPlan {
  readonly snapshot: Snapshot;
  readonly problem: Problem;
  readonly target: string;
  readonly features: readonly { name: string; type: 'number' | 'category' }[];
  /** Order of the rows; null when there is none to keep. */
  readonly orderBy: string | null;
}

const NUMERIC = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|FLOAT|DOUBLE|DECIMAL.*|BOOLEAN)$/;

/** Turns a table of the lake into typed columns. */
@Injectable()
export class TrainingData {
  constructor(
    private readonly delta: DeltaService,
    private readonly catalog: CatalogService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /** @throws {DatasetNotFoundError} {@link ColumnNotFoundError} {@link UnusableColumnError} {@link NoTimeColumnError} */
  async plan(options: TrainOptions): Promise<TrainingPlan> {
    const dataset = await this.catalog.find(options.dataset);
    const version = options.dataset_version;
    const snapshot = await this.delta.snapshot(options.dataset, version === undefined ? undefined : { version });
    const types = new Map(snapshot.columns.map(({ name, type }) => [name, type]));
    const typeOf = (column: string): string => {
      const type = types.get(column);
      if (type === undefined) throw new ColumnNotFoundError(options.dataset, column, [...types.keys()]);
      return type;
    };
    if (options.validation.by === 'time' && dataset.time === null) throw new NoTimeColumnError(options.dataset);
    return {
      snapshot,
      target: options.target,
      problem: problemOf(options, typeOf(options.target)),
      features: (options.features ?? usualFeatures(dataset, options.target, [...types.keys()])).map((name) => ({
        name,
        type: featureType(name, typeOf(name)),
      })),
      orderBy: options.validation.by === 'time' ? dataset.time : null,
    };
  }

  /** Rows without a target are left out. @throws {TooFewRowsError} */
  async read(plan: TrainingPlan, signal: AbortSignal): Promise<TrainingSet> {
    const { snapshot, features } = plan;
    const builders: ColumnBuilder[] = features.map(({ name, type }) => columnBuilder(name, type, snapshot.rows));
    const targets = targetBuilder(plan.problem, snapshot.rows);
    for await (const chunk of this.sql.read(await this.query(plan), { signal })) {
      builders.forEach((builder, index) => builder.add(chunk.values[index]));
      targets.add(chunk.values[features.length]);
    }
    const set = { rows: targets.rows, features: builders.map((builder) => builder.build()), target: targets.build() };
    if (set.rows < FEWEST_ROWS) throw new TooFewRowsError(set.rows);
    return set;
  }

  private async query({ snapshot, features, target, orderBy }: TrainingPlan) {
    const columns = [
      ...features.map(({ name, type }) =>
        type === 'number' ? `cast(${quoted(name)} as double)` : `cast(${quoted(name)} as varchar)`,
      ),
      quoted(target),
    ];
    // The other columns settle ties of time, so that the same version always gives the same order.
    const order = orderBy
      ? [orderBy, ...features.map(({ name }) => name), target]
      : [...features.map(({ name }) => name), target];
    return {
      sql: `select ${columns.map((column, index) => `${column} as c${index}`).join(', ')} from dataset where ${quoted(target)} is not null order by ${order.map(quoted).join(', ')}`,
      tables: { dataset: await this.delta.relation(snapshot) },
    };
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function problemOf({ problem, target }: TrainOptions, type: string): Problem {
  const discrete = type === 'BOOLEAN' || type === 'VARCHAR';
  if (!discrete && !NUMERIC.test(type)) throw new UnusableColumnError(target, type, 'a target is a number, a boolean or text');
  if (problem === 'regression' && type === 'VARCHAR') {
    throw new UnusableColumnError(target, type, 'the target of a regression is a number');
  }
  return problem ?? (discrete ? 'classification' : 'regression');
}

function featureType(column: string, type: string): 'number' | 'category' {
  if (NUMERIC.test(type)) return 'number';
  if (type === 'VARCHAR') return 'category';
  throw new UnusableColumnError(column, type, 'a feature is a number, a boolean or text. Leave it out with "features"');
}

function usualFeatures({ targets, keys, time }: Dataset, target: string, columns: readonly string[]): string[] {
  const declared = new Set([...targets, ...keys, target, ...(time ? [time] : [])]);
  return columns.filter((column) => !declared.has(column));
}
