import { AssignerProtocol, type GroupMember, type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;

/**
 * Deals out partitions in turn, each to those who read its topic. kafkajs's own gives them to any member, and what a member did not
 * ask for nobody reads: so it is while members hear of a new topic one after the other.
 */
export const dealInTurn: PartitionAssigner = ({ cluster }) => ({
  name: 'RoundRobinAssigner',
  version: 0,

  async assign({ members, topics }) {
    const readers = members.map(readerOf).sort((one, other) => (one.memberId < other.memberId ? -1 : 1));
    let turn = 0;
    for (const topic of topics) {
      const its = readers.filter((reader) => reader.topics.includes(topic));
      for (const { partitionId } of cluster.findTopicPartitionMetadata(topic)) {
        const { assignment } = its[turn++ % its.length];
        (assignment[topic] ??= []).push(partitionId);
      }
    }
    return readers.map(({ memberId, assignment }) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({ version: 0, assignment, userData: Buffer.alloc(0) }),
    }));
  },

  protocol: ({ topics }) => ({
    name: 'RoundRobinAssigner',
    metadata: MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
  }),
});

function readerOf({ memberId, memberMetadata }: GroupMember) {
  const topics = MemberMetadata.decode(memberMetadata)?.topics ?? [];
  const assignment: Record<string, number[]> = {};
  return { memberId, topics, assignment };
}
