/** States of a run and of a task in it. */
export const RUN_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Why a run was made. */
export const TRIGGERS = ['manual', 'schedule', 'start', 'event'] as const;
export type Trigger = (typeof TRIGGERS)[number];

export interface RunReference {
  readonly id: string;
  readonly status: RunStatus;
}

/** A line that a run wrote. */
export interface LogLine {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly level: string;
  readonly task?: string;
  readonly message: string;
}
