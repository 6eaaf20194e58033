import { Inject, Injectable } from '@nestjs/common';
import type { Candidate, Commit, WriteRequest } from '../../delta/delta.types.js';
import { SqlError } from '../../engines/sql/sql.errors.js';
import { type Query, type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import type { TaskRun } from '../../pipelines/task-run.types.js';
import { QualityGate } from '../expectations/quality-gate.js';
import { type LakeMerge, LakeService } from '../lake.service.js';
import type { CommitFacts } from '../lake.types.js';
import { ModelSqlError } from '../medallion.errors.js';
import { fingerprintOf, type MadeFrom } from '../models/build-fingerprint.js';
import { type BuildInputs, versionsOf } from '../models/model-inputs.js';
import type { ReferencedModel } from '../models/transforms.service.js';

/** One model on its way to a table. */
export interface Making {
  readonly model: ReferencedModel;
  readonly inputs: BuildInputs;
  readonly made: MadeFrom;
  readonly run: TaskRun;
  readonly onProgress: (share: number) => void;
}

/** How the rows of a model get into its table. */
export interface Manner extends Pick<WriteRequest, 'mode' | 'where' | 'txn'> {
  readonly query: Query;
  readonly facts?: Partial<CommitFacts>;
  /** Looks at what the expectations have left. @returns what is written in its place */
  readonly then?: (kept: Relation) => Promise<Query | undefined>;
}

/** How they find their place in a table that is there. */
type MergeManner = Pick<Manner, 'then'> & Omit<LakeMerge, 'keys' | 'inspect' | 'facts' | 'signal' | 'onProgress'>;

/** Writes rows of models, those that their expectations let through, with all that is to be known about them. */
@Injectable()
export class ModelWriter {
  constructor(
    private readonly lake: LakeService,
    private readonly gate: QualityGate,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  async write(making: Making, { then, facts: more, ...manner }: Manner): Promise<Commit> {
    const { model, run, onProgress } = making;
    const facts = factsOf(making, more);
    return locating(model, () =>
      this.lake.write(model.name, {
        ...manner,
        partitionBy: model.partition_by,
        // Rows that stay were not held against other constraints: those come with a whole build.
        ...(manner.where ? {} : { constraints: model.constraints }),
        description: model.description,
        columnDescriptions: model.columns,
        inspect: this.inspection(making, facts, then),
        facts,
        signal: run.signal,
        onProgress,
      }),
    );
  }

  /** Merges rows by the keys of the model into a table that is there. */
  async merge(making: Making, { then, ...clauses }: MergeManner): Promise<Commit> {
    const { model, run, onProgress } = making;
    const facts = factsOf(making);
    return locating(model, () =>
      this.lake.merge(model.name, {
        ...clauses,
        keys: model.keys,
        inspect: this.inspection(making, facts, then),
        facts,
        signal: run.signal,
        onProgress,
      }),
    );
  }

  /** The age of a table that stays as it is. */
  inspectAge(...given: Parameters<QualityGate['inspectAge']>): Promise<void> {
    return this.gate.inspectAge(...given);
  }

  private inspection({ model, inputs, run }: Making, facts: CommitFacts, then: Manner['then']) {
    return async ({ relation }: Candidate): Promise<Query | undefined> => {
      const { checks, replacement } = await this.gate.inspect(model, relation, inputs.tables, run);
      facts.quality = checks;
      return (await then?.(replacement ? keptOf(replacement, relation) : relation)) ?? replacement;
    };
  }

  /** One number about rows. */
  async count(sql: string, tables: Readonly<Record<string, Relation>>, { signal }: TaskRun): Promise<number> {
    const [row] = await this.sql.rows({ sql, tables }, { signal });
    return Number(Object.values(row)[0]);
  }
}

const factsOf = ({ model, inputs, made, run }: Making, more: Partial<CommitFacts> = {}): CommitFacts => ({
  run_id: run.runId,
  inputs: versionsOf(inputs),
  keys: model.keys,
  time: model.time ?? null,
  targets: model.targets,
  fingerprint: fingerprintOf(made),
  made_from: made,
  ...more,
});

/** Says of what the engine does not take where it is written. */
export async function locating<T>(model: ReferencedModel, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SqlError ? new ModelSqlError(model, error) : error;
  }
}

const keptOf = ({ sql, tables }: Query, candidate: Relation): Relation => ({
  format: 'view',
  query: { sql, tables: { ...tables, candidate } },
});
