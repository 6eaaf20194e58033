import { Injectable } from '@nestjs/common';
import type { TaskRun } from '../pipelines/task-run.types.js';
import { BuildOptions, rangesFor } from './building/build-options.js';
import { IntervalBuild } from './building/interval-build.js';
import type { Making } from './building/model-writer.js';
import { WholeBuild } from './building/whole-build.js';
import { BuildFingerprint } from './models/build-fingerprint.js';
import type { Interval } from './models/interval.js';
import { ModelInputs } from './models/model-inputs.js';
import { TransformsService } from './models/transforms.service.js';

interface BuiltModel {
  readonly name: string;
  readonly version: number;
  readonly rows: number;
  readonly skipped: boolean;
  readonly seconds: number;
  /** Of a model that is built so: how many were made. */
  readonly intervals?: number;
}

export interface BuildReport {
  readonly rows: number;
  readonly models: readonly BuiltModel[];
  readonly skipped: boolean;
}

/** Makes tables from SQL models, each only when its inputs, its text or mended rows of it have changed. */
@Injectable()
export class BuildService {
  constructor(
    private readonly transforms: TransformsService,
    private readonly inputs: ModelInputs,
    private readonly fingerprints: BuildFingerprint,
    private readonly whole: WholeBuild,
    private readonly byInterval: IntervalBuild,
  ) {}

  async build(options: BuildOptions, run: TaskRun): Promise<BuildReport> {
    await this.transforms.refresh();
    const wanted = this.transforms.inOrder(options.models).filter(({ kind }) => kind !== 'view');
    const ranges = rangesFor(wanted, options);
    const built: BuiltModel[] = [];
    for (const [index, model] of wanted.entries()) {
      run.signal.throwIfAborted();
      const onProgress = (share: number): void => run.progress((index + share) / wanted.length, model.name);
      onProgress(0);
      const inputs = await this.inputs.of(model);
      const made = await this.fingerprints.of(model, inputs);
      built.push(await this.buildOne({ model, inputs, made, run, onProgress }, options.force || ranges.get(model.name) || false));
    }
    return {
      rows: built.reduce((sum, { rows, skipped }) => sum + (skipped ? 0 : rows), 0),
      models: built,
      skipped: built.every(({ skipped }) => skipped),
    };
  }

  private async buildOne(making: Making, again: boolean | Interval): Promise<BuiltModel> {
    const started = performance.now();
    const { model, run } = making;
    const { commits, ...count } =
      model.kind === 'incremental_by_time'
        ? await this.byInterval.build(making, again)
        : { commits: await this.whole.build(making, again === true) };
    const last = commits.at(-1);
    if (!last) return { name: model.name, ...(await this.whole.keep(making)), skipped: true, seconds: 0 };
    const rows = commits.reduce((sum, { rowsAdded }) => sum + rowsAdded, 0);
    const seconds = Math.round(performance.now() - started) / 1000;
    run.log.info(`${model.name}: ${rows.toLocaleString('en')} rows in ${seconds.toFixed(1)} s`);
    return { name: model.name, version: last.version, rows, skipped: false, seconds, ...count };
  }
}
