import { z } from 'zod';
import { pageOf } from '../http/page.schema.js';
import { Parameter } from './definition/parameters.js';
import { PipelineFile } from './definition/pipeline.schema.js';
import { RunSummary } from './run.schema.js';

export const PipelineSummary = z
  .object({
    name: z.string().meta({ example: 'flights' }),
    description: z.string().meta({ example: 'Three million flights from a file to two served models' }),
    schedule: z.string().nullable().meta({ description: 'Cron expression', example: '0 4 * * *' }),
    time_zone: z.string().meta({ example: 'UTC' }),
    enabled: z.boolean().meta({ description: 'Whether the schedule is followed', example: true }),
    next_run_at: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'When the schedule comes next', example: '2026-02-01T04:00:00.000Z' }),
    last_run: RunSummary.nullable(),
  })
  .meta({ id: 'PipelineSummary' });
export type PipelineSummary = z.infer<typeof PipelineSummary>;

export const PipelineTask = z
  .object({
    name: z.string().meta({ example: 'refine' }),
    uses: z.string().meta({ example: 'medallion.build' }),
    with: z.record(z.string(), z.unknown()).meta({ example: { models: ['gold.routes'] } }),
    needs: z.array(z.string()).meta({ example: ['load_flights'] }),
    retries: z.int().meta({ example: 2 }),
    retry_delay_seconds: z.number().meta({ example: 5 }),
    timeout_minutes: z.number().nullable().meta({ example: 30 }),
  })
  .meta({ id: 'PipelineTask' });

const PipelineParameter = z
  .object({
    name: z.string().meta({ example: 'since' }),
    type: Parameter.shape.type,
    default: Parameter.shape.default.meta({ description: 'Absent: a run must say', example: '2001-01-01' }),
    choices: Parameter.shape.choices,
    description: z.string(),
  })
  .meta({ id: 'PipelineParameter' });

export const PipelineDetail = PipelineSummary.extend({
  missed: PipelineFile.shape.missed,
  params: z.array(PipelineParameter).meta({ description: 'What a run may be given' }),
  concurrency: z.int().meta({ description: 'Runs at the same time; further ones wait', example: 1 }),
  tasks: z.array(PipelineTask).meta({ description: 'Each after what it needs' }),
}).meta({ id: 'Pipeline' });
export type PipelineDetail = z.infer<typeof PipelineDetail>;

export const PipelinePage = pageOf('PipelinePage', PipelineSummary);

export const NewRun = z
  .object({
    params: z
      .record(z.string(), z.unknown())
      .default({})
      .meta({ description: 'Values of the parameters of the pipeline', example: {} }),
  })
  .prefault({})
  .meta({ id: 'NewRun' });
export type NewRun = z.infer<typeof NewRun>;

export const PipelineSwitch = z
  .object({ enabled: z.boolean().meta({ description: 'Whether the schedule is followed', example: true }) })
  .meta({ id: 'PipelineSwitch' });
export type PipelineSwitch = z.infer<typeof PipelineSwitch>;
