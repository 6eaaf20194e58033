import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { PlannedTask } from '../definition/pipeline.schema.js';
import type { RunStatus, Trigger } from '../run.types.js';

/**
 * One run of a pipeline, or of a single task as a job. The row is the queue, the lock and the history in one: while the run is under way, `owner` holds
 * it until `leaseUntil`, and `fence` grows with each owner, so that what a former one still writes is refused.
 */
@Entity('pipeline_runs')
@Index('pipeline_runs_scheduled', ['lane', 'scheduledAt'], { unique: true })
@Index('pipeline_runs_slot', ['lane', 'slot'], { unique: true, where: `status = 'running'` })
@Index('pipeline_runs_start', ['lane'], { unique: true, where: `trigger = 'start' AND status IN ('queued', 'running')` })
@Index('pipeline_runs_open', ['createdAt'], { where: `status IN ('queued', 'running')` })
@Index('pipeline_runs_history', ['lane', 'createdAt'])
@Index('pipeline_runs_jobs', ['createdAt'], { where: `lane LIKE 'job:%'` })
@Index('pipeline_runs_finished', ['finishedAt'], { where: `status NOT IN ('queued', 'running')` })
@Check('pipeline_runs_status', `status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped')`)
export class PipelineRunEntity {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  /** Runs of one lane share its slots: the name of the pipeline, or `job:` and the task. */
  @Column({ type: 'text' })
  lane!: string;

  @Column({ type: 'text' })
  status!: RunStatus;

  @Column({ type: 'text' })
  trigger!: Trigger;

  @Column({ type: 'jsonb', default: {} })
  params!: Record<string, unknown>;

  /** The tasks as they stood when the run was made. */
  @Column({ type: 'jsonb' })
  plan!: readonly PlannedTask[];

  @Column({ type: 'text', nullable: true })
  error!: string | null;

  @Column({ name: 'scheduled_at', type: 'timestamptz', nullable: true })
  scheduledAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;

  @Column({ name: 'cancel_requested_at', type: 'timestamptz', nullable: true })
  cancelRequestedAt!: Date | null;

  /** How many runs of the lane may be under way at once. */
  @Column({ type: 'smallint', default: 1 })
  concurrency!: number;

  /** Which of them this one is, from 0: a slot is taken only by a running row, so none can leak. */
  @Column({ type: 'smallint', nullable: true })
  slot!: number | null;

  @Column({ type: 'text', nullable: true })
  owner!: string | null;

  @Column({ name: 'lease_until', type: 'timestamptz', nullable: true })
  leaseUntil!: Date | null;

  @Column({ type: 'integer', default: 0 })
  fence!: number;
}
