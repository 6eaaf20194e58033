import { z } from 'zod';
import { pageOf, PageQuery } from '../http/page.schema.js';
import { JobId } from './job.types.js';
import { RunLogQuery } from './run.schema.js';
import { RUN_STATUSES } from './run.types.js';

const Time = z.iso.datetime();

export const JobSummary = z
  .object({
    id: JobId,
    kind: z.string().meta({ description: 'The task that it carries out', example: 'training.train' }),
    status: z.enum(RUN_STATUSES).meta({ example: 'succeeded' }),
    progress: z.number().min(0).max(1).meta({ description: 'Share done', example: 1 }),
    message: z.string().nullable().meta({ description: 'What it said of its progress last', example: 'test' }),
    created_at: Time.meta({ example: '2026-01-31T04:00:00.100Z' }),
    started_at: Time.nullable().meta({ example: '2026-01-31T04:00:00.110Z' }),
    finished_at: Time.nullable().meta({ example: '2026-01-31T04:00:52.300Z' }),
    error: z.string().optional().meta({ description: 'Why it failed' }),
  })
  .meta({ id: 'JobSummary' });
export type JobSummary = z.infer<typeof JobSummary>;

export const Job = JobSummary.extend({
  result: z.record(z.string(), z.unknown()).optional().meta({ description: 'What the work returned, once it has succeeded' }),
}).meta({ id: 'Job' });
export type Job = z.infer<typeof Job>;

export const JobPage = pageOf('JobPage', JobSummary);

export const JobQuery = PageQuery.extend({
  kind: z
    .string()
    .regex(/^[\w.-]{1,200}$/, 'is the name of a task')
    .optional()
    .meta({ description: 'Only jobs of this kind', example: 'training.train' }),
  status: z.enum(RUN_STATUSES).optional().meta({ description: 'Only jobs in this state' }),
});
export type JobQuery = z.infer<typeof JobQuery>;

export const JobLogQuery = RunLogQuery.omit({ task: true });
export type JobLogQuery = z.infer<typeof JobLogQuery>;
