import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn } from 'typeorm';
import { PipelineRunEntity } from './pipeline-run.entity.js';

export type LogLevel = 'info' | 'warn' | 'error';

/** A line that a task wrote, or that was written about it. Ids ascend within a run. */
@Entity('run_logs')
@Index('run_logs_run', ['runId', 'id'])
export class RunLogEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column({ name: 'run_id', type: 'uuid' })
  runId!: string;

  @ManyToOne(() => PipelineRunEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'run_id', foreignKeyConstraintName: 'run_logs_run_fkey' })
  run?: PipelineRunEntity;

  @Column({ type: 'text', nullable: true })
  task!: string | null;

  @Column({ type: 'integer', nullable: true })
  attempt!: number | null;

  @Column({ type: 'text' })
  level!: LogLevel;

  @Column({ type: 'text' })
  message!: string;

  @Column({ type: 'jsonb', nullable: true })
  fields!: Record<string, unknown> | null;

  @Column({ type: 'timestamptz' })
  at!: Date;
}
