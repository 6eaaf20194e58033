import type { GroupView, Place } from './group-claims.js';

export interface Change {
  /** What this member has beyond its share. */
  readonly surplus: readonly Place[];
  /** What is free, as far as its share goes. */
  readonly wanted: readonly Place[];
}

/**
 * Every member reckons for itself, and all come to the same: the shares of a topic differ by one at most and add up to its
 * partitions. Who has the larger ones changes from topic to topic, so that many small topics are shared as well.
 */
export function shareOf(member: string, others: readonly string[], topicId: number, partitions: number): number {
  const rank = (others.filter((other) => other < member).length + topicId) % (others.length + 1);
  return Math.floor(partitions / (others.length + 1)) + (rank < partitions % (others.length + 1) ? 1 : 0);
}

/** What is to move so that the member has its share; it keeps what it can. */
export function changeOf(member: string, { others, topics }: GroupView): Change {
  const surplus: Place[] = [];
  const wanted: Place[] = [];
  for (const { id, name, places } of topics) {
    const readers = others.filter((other) => other.topics.includes(name)).map((other) => other.id);
    const share = shareOf(member, readers, id, places.length);
    const own = places.filter(({ generation }) => generation !== null);
    const free = places.filter((place) => place.generation === null && place.free);
    surplus.push(...own.slice(share));
    wanted.push(...free.slice(0, Math.max(0, share - own.length)));
  }
  return { surplus, wanted };
}
