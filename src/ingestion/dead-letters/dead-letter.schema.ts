import { z } from 'zod';
import { pageOf, PageQuery } from '../../http/page.schema.js';
import { Message } from '../message.schema.js';

const STATUSES = ['open', 'replaying', 'replayed'] as const;
/** Their messages may be large. */
const MOST_LETTERS = 100;
const MOST_IDS = 1_000;

const LetterId = z.string().regex(/^[1-9]\d{0,17}$/, 'is the id of a dead letter');

export const DeadLetterQuery = PageQuery.extend({
  limit: z.coerce.number().int().min(1).max(MOST_LETTERS).default(50).meta({ description: 'How many items at most' }),
  status: z.enum(STATUSES).default('open').meta({ description: 'Waiting, on its way back, or back' }),
});
export type DeadLetterQuery = z.infer<typeof DeadLetterQuery>;

export const DeadLetterItem = z
  .object({
    id: z.string().meta({ example: '1' }),
    status: z.enum(STATUSES),
    reason: z.string().meta({ example: 'celsius: must be number' }),
    failed_by: z.string().meta({ description: 'Who could not take it', example: 'landing' }),
    put_at: z.iso.datetime(),
    replayed_at: z.iso.datetime().nullable(),
    message: Message.meta({ description: 'As it was, where it was; the value is null when no log has it any more' }),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetterItem = z.infer<typeof DeadLetterItem>;

export const DeadLetterPage = pageOf('DeadLetterPage', DeadLetterItem);

const Ids = z.array(LetterId).min(1).max(MOST_IDS).meta({ description: 'Those to replay; all that are open when not given' });

export const LetterReplayRequest = z
  .strictObject({ ids: Ids.optional() })
  .default({})
  .meta({ id: 'LetterReplayRequest', example: {} });
export type LetterReplayRequest = z.output<typeof LetterReplayRequest>;

export const LetterReplayOptions = z.strictObject({
  topic: z.string().meta({ description: 'Whose dead letters go back into it', example: 'readings' }),
  ids: Ids.optional(),
});
export type LetterReplayOptions = z.output<typeof LetterReplayOptions>;

/** What a replay came to. */
export interface LetterReplayReport {
  /** Letters whose message is in its topic again. */
  readonly rows: number;
  /** Those that still do not fit; they stay open, with the reason of today. */
  readonly refused: number;
  /** Those that retention has taken. */
  readonly gone: number;
  readonly skipped: boolean;
}
