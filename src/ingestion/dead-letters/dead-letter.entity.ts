import { Column, Entity, PrimaryColumn } from 'typeorm';

/** PostgreSQL's bigint arrives as text; what we count stays below 2^53. */
const count = { from: Number, to: (value: number) => value };

/** A message that somebody could not take. The message itself is in the topic of dead letters. */
@Entity('dead_letters')
export class DeadLetterEntity {
  @PrimaryColumn('bigint', { generated: 'identity' }) id!: string;
  @Column('uuid', { name: 'topic_id' }) topicId!: string;
  @Column('int') partition!: number;
  @Column('bigint', { transformer: count }) offset!: number;
  @Column('bigint', { name: 'timestamp_ms', transformer: count }) timestamp!: number;
  @Column('text') reason!: string;
  @Column('text', { name: 'failed_by' }) by!: string;
  /** Where it is in partition 0 of the topic of dead letters. */
  @Column('bigint', { name: 'letter_offset', transformer: count }) letterOffset!: number;
  /** The letter has no room for the value: only the topic that it came from has it, as long as it keeps it. */
  @Column('boolean') cut!: boolean;
  @Column('timestamptz', { name: 'put_at' }) putAt!: Date;
  @Column('text') status!: 'open' | 'replaying' | 'replayed';
  @Column('uuid', { nullable: true }) sending!: string | null;
  @Column('timestamptz', { name: 'replayed_at', nullable: true }) replayedAt!: Date | null;
}
