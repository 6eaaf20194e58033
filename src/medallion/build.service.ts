import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { DeltaService } from '../delta/delta.service.js';
import type { Commit, Snapshot } from '../delta/delta.types.js';
import { SqlError } from '../engines/sql/sql.errors.js';
import type { Relation } from '../engines/sql/sql.port.js';
import type { TaskRun } from '../pipelines/task-run.types.js';
import { QualityGate } from './expectations/quality-gate.js';
import { LakeService } from './lake.service.js';
import type { CommitFacts } from './lake.types.js';
import { MissingInputError, ModelSqlError } from './medallion.errors.js';
import { BuildFingerprint } from './models/build-fingerprint.js';
import { type ReferencedModel, TransformsService } from './models/transforms.service.js';

export const BuildOptions = z
  .strictObject({
    models: z
      .array(z.string())
      .min(1)
      .optional()
      .meta({ description: 'Models to build, with all that they read; every model when not given' }),
    force: z.boolean().default(false).meta({ description: 'Build also what has not changed' }),
  })
  .meta({ id: 'BuildOptions' });
export type BuildOptions = z.output<typeof BuildOptions>;

interface BuiltModel {
  readonly name: string;
  readonly version: number;
  readonly rows: number;
  readonly skipped: boolean;
  readonly seconds: number;
}

export interface BuildReport {
  readonly rows: number;
  readonly models: readonly BuiltModel[];
  readonly skipped: boolean;
}

/** One model on its way to a table. */
interface Work {
  readonly run: TaskRun;
  readonly force: boolean;
  readonly onProgress: (share: number) => void;
}

/** Makes tables from SQL models, each only when its inputs, its text or mended rows of it have changed. */
@Injectable()
export class BuildService {
  constructor(
    private readonly transforms: TransformsService,
    private readonly delta: DeltaService,
    private readonly lake: LakeService,
    private readonly gate: QualityGate,
    private readonly fingerprints: BuildFingerprint,
  ) {}

  async build({ models, force }: BuildOptions, run: TaskRun): Promise<BuildReport> {
    const wanted = this.transforms.inOrder(models);
    const built: BuiltModel[] = [];
    for (const [index, model] of wanted.entries()) {
      run.signal.throwIfAborted();
      const onProgress = (share: number): void => run.progress((index + share) / wanted.length, model.name);
      built.push(await this.buildOne(model, { run, force, onProgress }));
    }
    return {
      rows: built.reduce((sum, { rows, skipped }) => sum + (skipped ? 0 : rows), 0),
      models: built,
      skipped: built.every(({ skipped }) => skipped),
    };
  }

  private async buildOne(model: ReferencedModel, work: Work): Promise<BuiltModel> {
    const started = performance.now();
    const inputs = await this.snapshots(model);
    const fingerprint = await this.fingerprints.of(model, inputs);
    const current = (await this.delta.exists(model.name)) ? await this.delta.snapshot(model.name) : undefined;
    if (!work.force && current && (current.info as Partial<CommitFacts>).fingerprint === fingerprint) {
      return this.keep(model, current, work.run);
    }
    const commit = await this.write(model, inputs, fingerprint, work);
    const seconds = Math.round(performance.now() - started) / 1000;
    work.run.log.info(`${model.name}: ${commit.rowsAdded.toLocaleString('en')} rows in ${seconds.toFixed(1)} s`);
    return { name: model.name, version: commit.version, rows: commit.rowsAdded, skipped: false, seconds };
  }

  private async keep(model: ReferencedModel, current: Snapshot, run: TaskRun): Promise<BuiltModel> {
    run.log.info(`${model.name}: nothing has changed, version ${current.version} stays`);
    await this.gate.inspectAge(model, { relation: await this.delta.relation(current), version: current.version }, run);
    return { name: model.name, version: current.version, rows: current.rows, skipped: true, seconds: 0 };
  }

  private async write(
    model: ReferencedModel,
    inputs: readonly Snapshot[],
    fingerprint: string,
    { run, onProgress }: Work,
  ): Promise<Commit> {
    const facts: CommitFacts = {
      run_id: run.runId,
      inputs: inputs.map(({ table, version }) => ({ name: table, version })),
      keys: model.keys,
      time: model.time ?? null,
      targets: model.targets,
      fingerprint,
    };
    const tables = await this.relations(inputs);
    try {
      return await this.lake.write(model.name, {
        mode: 'overwrite',
        query: { sql: model.sql, tables },
        partitionBy: model.partition_by,
        constraints: model.constraints,
        description: model.description,
        columnDescriptions: model.columns,
        inspect: async (candidate) => {
          const { checks, replacement } = await this.gate.inspect(model, candidate.relation, tables, run);
          facts.quality = checks;
          return replacement;
        },
        facts,
        signal: run.signal,
        onProgress,
      });
    } catch (error) {
      throw error instanceof SqlError ? new ModelSqlError(model, error) : error;
    }
  }

  private snapshots(model: ReferencedModel): Promise<Snapshot[]> {
    return Promise.all(
      model.reads.map(async (table) => {
        if (!(await this.delta.exists(table))) throw new MissingInputError(model.name, table);
        return this.delta.snapshot(table);
      }),
    );
  }

  private async relations(inputs: readonly Snapshot[]): Promise<Record<string, Relation>> {
    return Object.fromEntries(
      await Promise.all(inputs.map(async (snapshot) => [snapshot.table, await this.delta.relation(snapshot)] as const)),
    );
  }
}
