import { Check, Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { RunStatus } from '../run.types.js';
import { PipelineRunEntity } from './pipeline-run.entity.js';

/** One task of one run. */
@Entity('task_runs')
@Check('task_runs_status', `status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped')`)
export class TaskRunEntity {
  @PrimaryColumn({ name: 'run_id', type: 'uuid', primaryKeyConstraintName: 'task_runs_pkey' })
  runId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'task_runs_pkey' })
  name!: string;

  @ManyToOne(() => PipelineRunEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'run_id', foreignKeyConstraintName: 'task_runs_run' })
  run?: PipelineRunEntity;

  @Column({ type: 'text' })
  uses!: string;

  /** `skipped` with an error: not run, because of what went wrong before it; without: it found nothing to do. */
  @Column({ type: 'text' })
  status!: RunStatus;

  /** Attempts begun. */
  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** Attempts that failed: they spend the retries. */
  @Column({ type: 'integer', default: 0 })
  failures!: number;

  /** Attempts during which the process died. */
  @Column({ type: 'integer', default: 0 })
  interruptions!: number;

  /** Share done, 0 to 1. */
  @Column({ type: 'real', nullable: true })
  progress!: number | null;

  @Column({ type: 'text', nullable: true })
  message!: string | null;

  // The driver gives 64-bit integers as text.
  @Column({ type: 'bigint', nullable: true })
  rows!: string | null;

  @Column({ type: 'text', nullable: true })
  error!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  result!: object | null;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;
}
