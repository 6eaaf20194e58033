import { Inject, Injectable } from '@nestjs/common';
import { CatalogService } from '../../catalog/catalog.service.js';
import { DeltaService } from '../../delta/delta.service.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';
import type { TrainingSet } from '../../estimators/estimator.types.js';
import { type ColumnBuilder, columnBuilder, targetBuilder } from './column-builder.js';
import { rowSample } from './row-sample.js';
import { type Inspection, inspectionOf, profileQuery } from './table-profile.js';
import { planOf, type PlanOptions, type TrainingPlan } from './training-plan.js';
import { readQuery } from './training-query.js';

export interface TrainingRows {
  readonly set: TrainingSet;
  /** Of each row, when the validation is by group; a missing value is a group too. */
  readonly groups?: Int32Array;
}

/** Turns a table of the lake into typed columns. */
@Injectable()
export class TrainingData {
  constructor(
    private readonly delta: DeltaService,
    private readonly catalog: CatalogService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /** Looks at names and types only. @throws {DatasetNotFoundError} @throws {VersionNotFoundError} @throws what {@link planOf} throws */
  async plan(options: PlanOptions): Promise<TrainingPlan> {
    const dataset = await this.catalog.find(options.dataset);
    const version = options.dataset_version;
    const snapshot = await this.delta.snapshot(options.dataset, version === undefined ? undefined : { version });
    return planOf(options, dataset, snapshot);
  }

  /** Looks at every cell once, in the SQL engine. @throws {TooFewRowsError} @throws {UntrainableError} */
  async inspect(plan: TrainingPlan, signal?: AbortSignal): Promise<Inspection> {
    const dataset = await this.delta.relation(plan.snapshot);
    const [profile] = await this.sql.rows({ sql: profileQuery(plan), tables: { dataset } }, { signal });
    return inspectionOf(plan, profile);
  }

  /** Rows without a target are left out. Reads chunk by chunk: what is not sampled never stands in memory. */
  async read(plan: TrainingPlan, inspection: Inspection, signal: AbortSignal): Promise<TrainingRows> {
    const { features, rows, sampledRows } = inspection;
    const columns = features.map((feature) => columnBuilder(feature, sampledRows));
    const target = targetBuilder(plan.problem, sampledRows);
    const groups = groupBuilder(plan, sampledRows);
    const builders = [...columns, target, ...(groups ? [groups] : [])];
    const keep = rowSample(rows, sampledRows, plan.seed);
    const dataset = await this.delta.relation(plan.snapshot);
    for await (const chunk of this.sql.read({ sql: readQuery(plan, features), tables: { dataset } }, { signal })) {
      const kept = keep(chunk.rows);
      builders.forEach((builder, index) => builder.add(kept ? kept.map((row) => chunk.values[index][row]) : chunk.values[index]));
    }
    const set = { rows: target.rows, features: columns.map((column) => column.build()), target: target.build() };
    return { set, groups: groups && codesOf(groups.build()) };
  }
}

function groupBuilder({ validation }: TrainingPlan, capacity: number): ColumnBuilder | undefined {
  if (validation.by !== 'group') return undefined;
  return columnBuilder({ name: validation.column, type: 'category' }, capacity);
}

const codesOf = (column: TrainingSet['features'][number]): Int32Array | undefined =>
  column.type === 'category' ? column.codes : undefined;
