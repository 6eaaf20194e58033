import { z } from 'zod';
import { pageOf, PageQuery } from '../http/page.schema.js';
import { RUN_STATUSES, type RunReference, TRIGGERS } from './run.types.js';

const Time = z.iso.datetime();
const STARTED = '2026-01-31T04:00:00.100Z';
const FINISHED = '2026-01-31T04:00:52.300Z';
const RUN = '6f1c1f8e-8a52-4f0e-9a53-0d5b6f0f3c11';

export const RunId = z.uuid().meta({ description: 'As the list of runs and the answer to a trigger give it', example: RUN });

const Status = z.enum(RUN_STATUSES).meta({ example: 'succeeded' });

/** What a 202 answers: where to look for the outcome. */
export const RunAccepted = z
  .object({ id: RunId, status: Status.meta({ example: 'queued' }), href: z.string().meta({ example: `/api/v1/runs/${RUN}` }) })
  .meta({ id: 'RunAccepted' });
export type RunAccepted = z.infer<typeof RunAccepted>;

export const acceptedRun = ({ id, status }: RunReference): RunAccepted => ({ id, status, href: `/api/v1/runs/${id}` });

export const RunSummary = z
  .object({
    id: RunId,
    pipeline: z.string().meta({ example: 'flights' }),
    status: Status,
    trigger: z.enum(TRIGGERS).meta({ description: 'Why it was made', example: 'manual' }),
    params: z.record(z.string(), z.unknown()).meta({ example: {} }),
    scheduled_at: Time.optional().meta({ description: 'The time of the schedule that it was made for' }),
    created_at: Time.meta({ example: STARTED }),
    started_at: Time.nullable().meta({ example: STARTED }),
    finished_at: Time.nullable().meta({ example: FINISHED }),
    error: z.string().optional().meta({ description: 'Why it failed or was skipped' }),
  })
  .meta({ id: 'RunSummary' });
export type RunSummary = z.infer<typeof RunSummary>;

export const RunTask = z
  .object({
    name: z.string().meta({ example: 'load_flights' }),
    uses: z.string().meta({ example: 'etl.load' }),
    status: Status.meta({
      description: '`skipped` without an error: there was nothing to do; with one: not run because of what failed before',
    }),
    attempts: z.int().nonnegative().meta({ description: 'Attempts begun', example: 1 }),
    started_at: Time.nullable().meta({ description: 'Of the last attempt', example: STARTED }),
    finished_at: Time.nullable().meta({ example: FINISHED }),
    progress: z.number().min(0).max(1).optional().meta({ description: 'Share done', example: 1 }),
    message: z.string().optional().meta({ description: 'What the task says of its progress' }),
    rows: z.int().optional().meta({ example: 3_000_000 }),
    error: z.string().optional(),
    result: z.record(z.string(), z.unknown()).optional().meta({ description: 'What the task returned' }),
  })
  .meta({ id: 'RunTask' });
export type RunTask = z.infer<typeof RunTask>;

export const Run = RunSummary.extend({ tasks: z.array(RunTask) }).meta({ id: 'Run' });
export type Run = z.infer<typeof Run>;

export const RunPage = pageOf('RunPage', RunSummary);

export const RunQuery = PageQuery.extend({
  status: z.enum(RUN_STATUSES).optional().meta({ description: 'Only runs in this state' }),
});
export type RunQuery = z.infer<typeof RunQuery>;

export const RunLogLine = z
  .object({
    id: z.string().meta({ description: 'Ascends within a run', example: '17' }),
    at: Time.meta({ example: STARTED }),
    level: z.enum(['info', 'warn', 'error']).meta({ example: 'info' }),
    task: z.string().optional().meta({ description: 'Absent for a line about the run itself', example: 'load_flights' }),
    attempt: z.int().optional().meta({ example: 1 }),
    message: z.string().meta({ example: 'succeeded in 12.3 s, 3,000,000 rows' }),
    fields: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'RunLogLine' });
export type RunLogLine = z.infer<typeof RunLogLine>;

export const RunLogPage = pageOf('RunLogPage', RunLogLine);

export const RunLogQuery = PageQuery.extend({
  limit: PageQuery.shape.limit.unwrap().default(1000),
  task: z
    .string()
    .regex(/^[a-z0-9_]{1,200}$/, 'is the name of a task')
    .optional()
    .meta({ description: 'Only lines of this task', example: 'load_flights' }),
  after: z
    .string()
    .regex(/^\d{1,18}$/, 'is the id of a line')
    .optional()
    .meta({ description: 'Only lines after the one with this id' }),
});
export type RunLogQuery = z.infer<typeof RunLogQuery>;
