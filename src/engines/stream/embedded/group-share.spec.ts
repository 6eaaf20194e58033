import type { GroupView, Place } from './group-claims.js';
import { changeOf, shareOf } from './group-share.js';

const MEMBERS = ['a', 'b', 'c'];
const othersOf = (member: string): string[] => MEMBERS.filter((other) => other !== member);

const aPlace = (partition: number, overrides: Partial<Place> = {}): Place => ({
  topicId: 1,
  partition,
  end: 0,
  generation: null,
  free: false,
  ...overrides,
});

const aView = (places: Place[], others: GroupView['others'] = []): GroupView => ({
  others,
  topics: [{ id: 1, name: 'orders', places }],
});

describe('the share of a member', () => {
  it.each([1, 2, 3, 4, 7, 12])('adds up to %d partitions with those of the others, and differs by one at most', (partitions) => {
    for (let topicId = 1; topicId < 5; topicId++) {
      const shares = MEMBERS.map((member) => shareOf(member, othersOf(member), topicId, partitions));
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(partitions);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }
  });

  it('is one of three topics when each has one partition', () => {
    const topics = [1, 2, 3];
    for (const member of MEMBERS) {
      expect(topics.filter((id) => shareOf(member, othersOf(member), id, 1) === 1)).toHaveLength(1);
    }
  });
});

describe('what a member changes', () => {
  const partitionsOf = (places: readonly Place[]): number[] => places.map(({ partition }) => partition);

  it('is to take all that is free when it is alone', () => {
    const { surplus, wanted } = changeOf('a', aView([aPlace(0, { free: true }), aPlace(1, { free: true })]));
    expect([partitionsOf(surplus), partitionsOf(wanted)]).toEqual([[], [0, 1]]);
  });

  it('is to give back what is above its share, and nothing that it may keep', () => {
    const own = [0, 1, 2, 3].map((partition) => aPlace(partition, { generation: 1 }));
    const { surplus, wanted } = changeOf('a', aView(own, [{ id: 'b', topics: ['orders'] }]));
    expect([partitionsOf(surplus), wanted]).toEqual([[2, 3], []]);
  });

  it('is to leave alone what another one has', () => {
    const { wanted } = changeOf('a', aView([aPlace(0), aPlace(1, { free: true })], [{ id: 'b', topics: ['orders'] }]));
    expect(partitionsOf(wanted)).toEqual([1]);
  });

  it('leaves those out who read other topics', () => {
    const own = [0, 1].map((partition) => aPlace(partition, { generation: 1 }));
    expect(changeOf('a', aView(own, [{ id: 'b', topics: ['others'] }])).surplus).toEqual([]);
  });
});
