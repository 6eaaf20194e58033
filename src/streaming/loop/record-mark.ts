import { z } from 'zod';

/** Which record it is: its generation, and its place there. Marks ascend along every topic of the loop but for repeats. */
export const RecordMark = z.object({ generation: z.int().min(0), index: z.int().min(0) });
export type RecordMark = z.output<typeof RecordMark>;

export const keyOf = ({ generation, index }: RecordMark): string => `${generation}-${index}`;

/** @returns undefined for a key that the generator did not give */
export function markOf(key: string | null): RecordMark | undefined {
  const [, generation, index] = /^(\d{1,15})-(\d{1,15})$/.exec(key ?? '') ?? [];
  return generation === undefined ? undefined : { generation: Number(generation), index: Number(index) };
}

/** A kill between an append and its note makes the append happen twice: what is not after the last mark was there already. */
export const isAfter = (mark: RecordMark, last: RecordMark | null): boolean =>
  last === null || mark.generation > last.generation || (mark.generation === last.generation && mark.index > last.index);
