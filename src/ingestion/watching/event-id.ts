import { InvalidInputError } from '../../errors/invalid-input.error.js';

/** Where a watcher is in each partition that it watches. */
export type Places = Map<number, number>;

const EVENT_ID = /^\d{1,15}(\.\d{1,15})*$/;

/** The id of an event says where to read on in every partition, so that one that comes back misses nothing: `17.4.0`. */
export const eventIdOf = (places: Places): string => [...places.values()].join('.');

/**
 * @param partitions that are watched; one that has come since then begins at its beginning
 * @throws {InvalidInputError} for an id that is none of ours
 */
export function placesOf(id: string, partitions: readonly number[]): Places {
  const offsets = EVENT_ID.test(id) ? id.split('.').map(Number) : [];
  if (offsets.length === 0 || offsets.length > partitions.length) {
    throw new InvalidInputError([{ path: ['Last-Event-ID'], message: 'is not the id of an event of this topic' }]);
  }
  return new Map(partitions.map((partition, index) => [partition, offsets[index] ?? 0]));
}
