import { Injectable } from '@nestjs/common';
import type { Page, PageQuery } from '../http/page.schema.js';
import type { Pipeline } from './definition/pipeline.schema.js';
import { PipelineDefinitions } from './definition/pipeline-definitions.js';
import { RunHistory } from './history/run-history.js';
import type { PipelineDetail, PipelineSummary } from './pipeline-view.schema.js';
import type { RunSummary } from './run.schema.js';
import { nextTimeOf, PipelineSchedule } from './schedule/pipeline-schedule.js';

/** The pipelines as people see them: the definition with what the schedule and the history know of it. */
@Injectable()
export class PipelineOverview {
  constructor(
    private readonly definitions: PipelineDefinitions,
    private readonly history: RunHistory,
    private readonly schedule: PipelineSchedule,
  ) {}

  /** One page in order of name. */
  async list({ limit, offset }: PageQuery): Promise<Page<PipelineSummary>> {
    const pipelines = this.definitions.all();
    return { items: await this.summaries(pipelines.slice(offset, offset + limit)), total: pipelines.length };
  }

  /** @throws {PipelineNotFoundError} */
  async find(name: string): Promise<PipelineDetail> {
    const pipeline = this.definitions.find(name);
    const [summary] = await this.summaries([pipeline]);
    const tasks = pipeline.tasks.map((task) => ({ ...task, timeout_minutes: task.timeout_minutes ?? null }));
    const params = Object.entries(pipeline.params).map(([parameter, declared]) => ({ name: parameter, ...declared }));
    const { missed, concurrency } = pipeline;
    return { ...summary, missed, params, concurrency, tasks };
  }

  private async summaries(pipelines: readonly Pipeline[]): Promise<PipelineSummary[]> {
    const newest = await this.history.newestOf(pipelines.map(({ name }) => name));
    const disabled = await this.schedule.disabled();
    return pipelines.map((pipeline) => summaryOf(pipeline, !disabled.has(pipeline.name), newest.get(pipeline.name)));
  }
}

function summaryOf(pipeline: Pipeline, enabled: boolean, lastRun: RunSummary | undefined): PipelineSummary {
  const { name, description, schedule = null, time_zone } = pipeline;
  const next = enabled ? nextTimeOf(pipeline, new Date()) : undefined;
  return { name, description, schedule, time_zone, enabled, next_run_at: next?.toISOString() ?? null, last_run: lastRun ?? null };
}
