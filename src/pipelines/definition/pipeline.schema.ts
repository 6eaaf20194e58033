import { CronTime } from 'cron';
import { z } from 'zod';
import { known } from './known-keys.js';
import { Parameter } from './parameters.js';

const Name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'is made of lower case letters, digits and underscores, a letter first');
const PipelineName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*$/, 'is made of lower case letters, digits, underscores and dashes, a letter first');

const Schedule = z.string().superRefine((expression, issues) => {
  try {
    // Also refuses what never comes, such as the 31st of February.
    new CronTime(expression, 'UTC').sendAt();
  } catch {
    issues.addIssue({
      code: 'custom',
      message: `"${expression}" is no cron expression that ever comes, such as "0 4 * * *" (minute hour day month weekday)`,
    });
  }
});

const TimeZone = z.string().refine((zone) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}, 'is no time zone of the IANA list, such as UTC or America/Sao_Paulo');

/** One step: a task with its options, and what must have succeeded before it. */
export const Step = known({
  uses: z.string().meta({ description: 'The task that does the work', examples: ['etl.load'] }),
  with: z.record(z.string(), z.unknown()).default({}).meta({ description: 'Options of the task' }),
  needs: z.array(Name).default([]).meta({ description: 'Steps that must have succeeded before this one starts' }),
  retries: z.int().min(0).max(100).default(0).meta({ description: 'How often a failed attempt is made again' }),
  retry_delay_seconds: z.number().min(0).max(86_400).default(5).meta({ description: 'Wait before each further attempt' }),
  timeout_minutes: z.number().positive().max(20_160).optional().meta({ description: 'An attempt that takes longer has failed' }),
});

/** A file of `workspace/pipelines`; its JSON schema is for editors. */
export const PipelineFile = known({
  name: PipelineName,
  description: z.string().default(''),
  schedule: Schedule.optional().meta({
    description: 'Cron expression; without it the pipeline runs when it is asked to',
    examples: ['0 4 * * *'],
  }),
  time_zone: TimeZone.default('UTC').meta({ description: 'In which the schedule is read' }),
  enabled: z.boolean().default(true).meta({
    description:
      'Whether it runs by itself as long as nobody has switched that on or off with PUT /api/v1/pipelines/{name}/enabled',
  }),
  missed: z.enum(['skip', 'run_once', 'run_all']).default('skip').meta({
    description:
      'What of the times that came while no process ran: skip; run_once for the newest of them; run_all for each (the newest 100), which wait for their turn',
  }),
  sample: z.boolean().default(false).meta({ description: 'Only there when SAMPLES is on' }),
  start: z.literal('when_empty').optional().meta({ description: 'when_empty: run at start-up as long as no run ever succeeded' }),
  concurrency: z.int().min(1).max(100).default(1).meta({ description: 'Runs at the same time; a further one waits' }),
  params: z
    .record(Name, Parameter)
    .default({})
    .meta({ description: 'Values that a run may be given; a task reads one as ${params.name}' }),
  tasks: z.record(Name, Step).refine((tasks) => Object.keys(tasks).length > 0, 'needs at least one task'),
}).meta({ title: 'A pipeline of DataFlow Lab' });
export type PipelineFile = z.output<typeof PipelineFile>;

/** A step under its name; a run keeps its own copy, so that an edited file does not change a run under way. */
export type PlannedTask = z.output<typeof Step> & { readonly name: string };

/** A pipeline that was checked. Its tasks stand in an order in which each comes after what it needs. */
export interface Pipeline extends Omit<PipelineFile, 'tasks'> {
  readonly tasks: readonly PlannedTask[];
}
