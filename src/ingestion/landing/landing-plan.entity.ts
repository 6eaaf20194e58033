import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The first offset that each partition held when landing was first to begin. A partition that came later began with its first message. */
export type Begins = Readonly<Record<string, number>>;

/** What every replica knows of the landing of a topic. */
@Entity('topic_landings')
export class LandingPlanEntity {
  @PrimaryColumn('uuid', { name: 'topic_id' }) topicId!: string;
  @Column('boolean') paused!: boolean;
  /** Null until the topic was first seen. */
  @Column('jsonb', { nullable: true }) begins!: Begins | null;
  @Column('text', { nullable: true }) trouble!: string | null;
  /** The process that has it. */
  @Column('uuid', { name: 'troubled_by', nullable: true }) troubledBy!: string | null;
  /** When it last had it. */
  @Column('timestamptz', { name: 'troubled_at', nullable: true }) troubledAt!: Date | null;
}
