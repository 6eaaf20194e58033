import { z } from 'zod';
import type { StoredMessage } from '../../engines/stream/stream.port.js';
import { LETTER_HEADER } from '../../ingestion/dead-letters.service.js';

/** Which record it is: its generation, and its place there. */
export const RecordMark = z.object({ generation: z.int().min(0), index: z.int().min(0) });
export type RecordMark = z.output<typeof RecordMark>;

export const keyOf = ({ generation, index }: RecordMark): string => `${generation}-${index}`;

/** @returns undefined for what the generator did not send: other producers have no marks, and a replayed letter comes long after its own */
export function markOf({ key, headers }: Pick<StoredMessage, 'key' | 'headers'>): RecordMark | undefined {
  const [, generation, index] = /^(\d{1,15})-(\d{1,15})$/.exec(key ?? '') ?? [];
  const isReplayed = Object.keys(headers).some((name) => name.startsWith(LETTER_HEADER));
  return generation === undefined || isReplayed ? undefined : { generation: Number(generation), index: Number(index) };
}

/**
 * Marks ascend along every topic of the loop but for repeats: a kill between an append and its note makes the append happen twice.
 * @param before the last mark of what was taken
 * @returns the messages that were not there before, and the last mark of them
 */
export function withoutRepeats(
  messages: readonly StoredMessage[],
  before: RecordMark | null,
): { fresh: StoredMessage[]; last: RecordMark | null } {
  let last = before;
  const fresh = messages.filter((message) => {
    const mark = markOf(message);
    if (mark && last && !isAfter(mark, last)) return false;
    last = mark ?? last;
    return true;
  });
  return { fresh, last };
}

const isAfter = (mark: RecordMark, last: RecordMark): boolean =>
  mark.generation > last.generation || (mark.generation === last.generation && mark.index > last.index);
