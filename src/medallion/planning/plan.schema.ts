import { z } from 'zod';
import { MODEL_KINDS } from '../models/model.schema.js';

export const PLAN_ACTIONS = ['add', 'change', 'update', 'keep', 'blocked', 'remove'] as const;

const PlannedRead = z
  .object({
    table: z.string().meta({ example: 'silver.flights' }),
    version: z.int().nullable().meta({ description: 'Null for a table that is not there yet' }),
    rows: z.int().nullable(),
    rows_read: z.int().nullable().meta({
      description:
        'Of those the ones in files that have to be opened, as the log of the table tells; null when it is not known yet',
    }),
    built_first: z.boolean().meta({ description: 'This plan changes it before it is read' }),
  })
  .meta({ id: 'PlannedRead' });
export type PlannedRead = z.infer<typeof PlannedRead>;

const PlannedIntervals = z
  .object({
    count: z.int(),
    ranges: z.array(z.object({ start: z.iso.datetime(), end: z.iso.datetime() })),
    in_one_commit: z.boolean().meta({ description: 'All in the place of what is there; otherwise one commit for each' }),
  })
  .meta({ id: 'PlannedIntervals' });

export const PlannedModel = z
  .object({
    name: z.string().meta({ example: 'gold.routes' }),
    kind: z.enum(MODEL_KINDS).nullable().meta({ description: 'Null for a model that the workspace has no more' }),
    action: z.enum(PLAN_ACTIONS).meta({
      description:
        'add: no table yet. change: the model, or one that it stands on, is another; all is made again. update: what it reads has changed. keep: nothing to do. blocked: something that it reads is not there. remove: its file is gone; the table stays, and nothing builds it any more',
    }),
    reasons: z.array(z.string()).meta({ example: ['its SELECT has changed'] }),
    reads: z.array(PlannedRead),
    rows_read: z.int().meta({ description: 'In all that it reads, as that stands now; none when there is nothing to do' }),
    intervals: PlannedIntervals.nullable(),
    warnings: z.array(z.string()).meta({ description: 'What a build of it does not see, such as rows that come late' }),
  })
  .meta({ id: 'PlannedModel' });
export type PlannedModel = z.infer<typeof PlannedModel>;

/** What a build would do now. */
export const Plan = z
  .object({
    models: z.array(PlannedModel),
    changes: z.int().meta({ description: 'Models of which tables would be written' }),
    rows_read: z.int().meta({ description: 'In all that they read' }),
  })
  .meta({ id: 'Plan' });
export type Plan = z.infer<typeof Plan>;
