import { Injectable } from '@nestjs/common';
import { Task } from '../pipelines/task.decorator.js';
import type { TaskRun } from '../pipelines/task-run.types.js';
import { type BuildReport, BuildService } from './build.service.js';
import { BuildOptions } from './building/build-options.js';
import { WarehouseService } from './warehouse/warehouse.service.js';
import type { Publication } from './warehouse/warehouse.types.js';

/** Of a build; the rest is publication. */
const BUILDING = 0.9;

/** A build as pipelines run it: what it made and what says so goes to the warehouse. */
@Injectable()
export class BuildTask {
  constructor(
    private readonly builds: BuildService,
    private readonly warehouse: WarehouseService,
  ) {}

  @Task('medallion.build', BuildOptions)
  async build(options: BuildOptions, run: TaskRun): Promise<BuildReport & { readonly published?: readonly Publication[] }> {
    const report = await this.builds.build(options, part(run, 0, BUILDING)).catch((error: unknown) => this.fail(error, run));
    const published = await this.warehouse.publishBuilt(
      report.models.filter(({ version }) => version >= 0).map(({ name }) => name),
      part(run, BUILDING, 1),
    );
    return published.length > 0 ? { ...report, published } : report;
  }

  /** Those before the one that could not be built are new, and wait for nobody. */
  private async fail(error: unknown, run: TaskRun): Promise<never> {
    await this.warehouse.publishBuilt([], run).catch(() => undefined);
    throw error;
  }
}

/** A run whose progress is a part of the whole. */
const part = (run: TaskRun, from: number, to: number): TaskRun => ({
  ...run,
  progress: (share, message) => run.progress(from + share * (to - from), message),
});
