import { z } from 'zod';

/** As older clients have it. */
export const PartStatus = z.enum(['ativo', 'com_erro']).meta({
  description: '`com_erro` while this process cannot reach the message log, or the part fails: it tries again by itself',
  example: 'ativo',
});
export type PartStatus = z.output<typeof PartStatus>;

export const statusOf = ({ isWell }: { readonly isWell: boolean }): PartStatus => (isWell ? 'ativo' : 'com_erro');

export const MaybeTime = z.iso.datetime().nullable().meta({ example: '2026-01-31T12:00:00.000Z' });

/** @param milliseconds since 1970 */
export const timeOf = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : new Date(milliseconds).toISOString();
