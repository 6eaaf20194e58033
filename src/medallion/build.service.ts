import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { CatalogService } from '../catalog/catalog.service.js';
import type { QualityCheck } from '../catalog/catalog.types.js';
import { DeltaService } from '../delta/delta.service.js';
import type { Candidate, Snapshot } from '../delta/delta.types.js';
import { type Query, type Relation, SqlEngine } from '../engines/sql/sql.port.js';
import { Task } from '../pipelines/task.decorator.js';
import type { TaskRun } from '../pipelines/task-run.types.js';
import { checkSql, keepSql, type Rule, toChecks, toRules } from './expectation.js';
import { LakeService } from './lake.service.js';
import type { CommitFacts } from './lake.types.js';
import { ExpectationFailedError, MissingInputError } from './medallion.errors.js';
import { type ReferencedModel, TransformsService } from './transforms.service.js';

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

/** Makes tables from SQL models, each only when its inputs or its text have changed. */
@Injectable()
export class BuildService {
  constructor(
    private readonly transforms: TransformsService,
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
    private readonly lake: LakeService,
    private readonly catalog: CatalogService,
  ) {}

  @Task('medallion.build', BuildOptions)
  async build({ models, force }: BuildOptions, run: TaskRun): Promise<BuildReport> {
    const wanted = this.transforms.inOrder(models);
    const built: BuiltModel[] = [];
    for (const [index, model] of wanted.entries()) {
      run.signal.throwIfAborted();
      const onProgress = (share: number): void => run.progress((index + share) / wanted.length, model.name);
      built.push(await this.buildOne(model, force, run, onProgress));
    }
    return {
      rows: built.reduce((sum, { rows, skipped }) => sum + (skipped ? 0 : rows), 0),
      models: built,
      skipped: built.every(({ skipped }) => skipped),
    };
  }

  private async buildOne(
    model: ReferencedModel,
    force: boolean,
    run: TaskRun,
    onProgress: (share: number) => void,
  ): Promise<BuiltModel> {
    const started = performance.now();
    const inputs = await this.snapshots(model);
    const fingerprint = fingerprintOf(model, inputs);
    const current = (await this.delta.exists(model.name)) ? await this.delta.snapshot(model.name) : undefined;
    if (!force && current && (current.info as Partial<CommitFacts>).fingerprint === fingerprint) {
      run.log.info(`${model.name}: nothing has changed, version ${current.version} stays`);
      return { name: model.name, version: current.version, rows: current.rows, skipped: true, seconds: 0 };
    }
    const commit = await this.write(model, inputs, fingerprint, { run, onProgress });
    const seconds = Math.round(performance.now() - started) / 1000;
    run.log.info(`${model.name}: ${commit.rowsAdded.toLocaleString('en')} rows in ${seconds.toFixed(1)} s`);
    return { name: model.name, version: commit.version, rows: commit.rowsAdded, skipped: false, seconds };
  }

  private async write(
    model: ReferencedModel,
    inputs: readonly Snapshot[],
    fingerprint: string,
    work: { run: TaskRun; onProgress: (share: number) => void },
  ) {
    const rules = model.expectations.flatMap(toRules);
    const facts: CommitFacts = {
      run_id: work.run.runId,
      inputs: inputs.map(({ table, version }) => ({ name: table, version })),
      keys: model.keys,
      time: model.time ?? null,
      targets: model.targets,
      fingerprint,
    };
    return this.lake.write(model.name, {
      mode: 'overwrite',
      query: { sql: model.sql, tables: await this.relations(inputs) },
      description: model.description,
      columnDescriptions: model.columns,
      inspect: async (candidate) => {
        facts.quality = await this.check(model.name, rules, candidate, work.run);
        return replacement(rules, facts.quality);
      },
      facts,
      signal: work.run.signal,
      onProgress: work.onProgress,
    });
  }

  /** @throws {ExpectationFailedError} after the results were kept */
  private async check(model: string, rules: readonly Rule[], candidate: Candidate, run: TaskRun): Promise<QualityCheck[]> {
    if (rules.length === 0) return [];
    const [counts] = await this.sql.rows(
      { sql: checkSql(rules), tables: { candidate: candidate.relation } },
      { signal: run.signal },
    );
    const checks = toChecks(rules, Object.values(counts).map(Number));
    const failed = checks.flatMap((check, index) =>
      check.status === 'failed' ? [{ ...check, sentence: rules[index].sentence }] : [],
    );
    for (const { severity, sentence, failed_rows } of failed) {
      run.log.warn(
        `${model}: ${sentence} in ${failed_rows.toLocaleString('en')} row(s)${severity === 'drop' ? ', left out' : ''}`,
      );
    }
    const fatal = failed.filter(({ severity }) => severity === 'fail');
    if (fatal.length > 0) {
      await this.catalog.recordRefusal(model, run.runId, checks);
      throw new ExpectationFailedError(
        model,
        fatal.map(({ sentence, failed_rows }) => `${sentence} (${failed_rows} row(s))`),
      );
    }
    return checks;
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

/** What takes the candidate's place when rows have to go. */
function replacement(rules: readonly Rule[], checks: readonly QualityCheck[]): Query | undefined {
  return checks.some(({ severity, status }) => severity === 'drop' && status === 'failed') ? { sql: keepSql(rules) } : undefined;
}

function fingerprintOf(
  { sql, kind, keys, time, targets, columns, description, expectations }: ReferencedModel,
  inputs: readonly Snapshot[],
): string {
  const versions = inputs.map(({ table, version }) => [table, version]);
  return createHash('sha256')
    .update(JSON.stringify([sql, kind, keys, time, targets, columns, description, expectations, versions]))
    .digest('hex');
}
