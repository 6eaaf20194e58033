import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { InvalidPipelinesError, PipelineNotFoundError } from '../pipelines.errors.js';
import { DeclaredTasks } from './declared-tasks.js';
import type { Pipeline } from './pipeline.schema.js';
import { checkPipeline } from './pipeline-check.js';
import { planRun, type RunPlan } from './run-plan.js';

/** The pipelines of the workspace, read and checked once at start-up. */
@Injectable()
export class PipelineDefinitions implements OnModuleInit {
  private readonly pipelines = new Map<string, Pipeline>();

  constructor(
    private readonly config: LabConfig,
    private readonly tasks: DeclaredTasks,
  ) {}

  /** @throws {InvalidPipelinesError} with every problem of every file, not only the first */
  async onModuleInit(): Promise<void> {
    const taken = new Map<string, string>();
    const problems: string[] = [];
    for (const { file, text } of await this.readFiles()) {
      const checked = checkPipeline(text, { tasks: this.tasks, taken });
      if ('tasks' in checked) {
        taken.set(checked.name, file);
        if (this.config.samples || !checked.sample) this.pipelines.set(checked.name, checked);
      } else {
        problems.push(...checked.map(({ line, message }) => `${file}:${line}: ${message}`));
      }
    }
    if (problems.length > 0) throw new InvalidPipelinesError(problems);
  }

  /** In order of name. */
  all(): Pipeline[] {
    return [...this.pipelines.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  names(): string[] {
    return [...this.pipelines.keys()];
  }

  /** @throws {PipelineNotFoundError} */
  find(name: string): Pipeline {
    const pipeline = this.pipelines.get(name);
    if (!pipeline) throw new PipelineNotFoundError(name);
    return pipeline;
  }

  /**
   * What a run of the pipeline would do.
   * @throws {PipelineNotFoundError}
   * @throws {InvalidInputError}
   * @throws {ParametersDoNotFitError}
   */
  plan(name: string, params: Readonly<Record<string, unknown>> = {}): RunPlan {
    return planRun(this.find(name), params, this.tasks);
  }

  private async readFiles(): Promise<{ file: string; text: string }[]> {
    const folder = join(this.config.workspaceDir, 'pipelines');
    const names = (await readdir(folder).catch(nothingWhenAbsent)).filter((name) => /\.ya?ml$/.test(name)).sort();
    const place = join(basename(this.config.workspaceDir), 'pipelines');
    return Promise.all(
      names.map(async (name) => ({ file: join(place, name), text: await readFile(join(folder, name), 'utf8') })),
    );
  }
}

function nothingWhenAbsent(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
