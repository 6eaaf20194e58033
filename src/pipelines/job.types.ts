import { z } from 'zod';
import { RUN_STATUSES, type RunReference, type RunStatus } from './run.types.js';

const JOB = '0b9f6d0e-52a7-4a3c-9d53-5f1f2f7a4c02';

/** A job that was started: where to look for its outcome. */
export interface JobReference {
  readonly id: string;
  readonly status: RunStatus;
  readonly href: string;
}

export interface JobSettings {
  /** Jobs of the kind at the same time, in all processes together; further ones wait. Not given: one. */
  readonly concurrency?: number;
  /** Jobs of the kind that may wait or be under way. Not given: a hundred. */
  readonly most?: number;
}

export const JobId = z.uuid().meta({ description: 'As the answer to whatever started it gives it', example: JOB });

/** What a 202 answers that starts a job. */
export const JobStarted = z
  .object({
    id: JobId,
    status: z.enum(RUN_STATUSES).meta({ example: 'queued' }),
    href: z.string().meta({ description: 'Where to look for the outcome', example: `/api/v1/jobs/${JOB}` }),
  })
  .meta({ id: 'JobStarted' });
export type JobStarted = z.infer<typeof JobStarted>;

export const jobReference = ({ id, status }: RunReference): JobReference => ({ id, status, href: `/api/v1/jobs/${id}` });
