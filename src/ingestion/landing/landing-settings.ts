/** How messages are gathered into commits. Times in milliseconds. */
export class LandingSettings {
  /** Of lines, in one commit, about. Twice as much is in memory at most: one part waits while the other is written. */
  readonly bytes: number = 24 * 1024 * 1024;
  readonly rows: number = 400_000;
  /** How long the first message of a commit waits for others. */
  readonly gatherMs: number = 400;
  /** Between two commits of a topic in which messages come all the time: each makes a file. */
  readonly steadyMs: number = 5_000;
  /** Messages that wait in the log from which on they are caught up with: in full commits, and the last of them at once. */
  readonly backlog: number = 100_000;
  /** Of one batch from the log. */
  readonly readBytes: number = 4 * 1024 * 1024;
  readonly readMessages: number = 10_000;
  /** Until a landing that failed begins anew, at first; twice as long after each further failure, up to the most. */
  readonly retryMs: number = 500;
  readonly mostRetryMs: number = 30_000;
  /** Between two looks for topics, pauses and replays that nobody announced. */
  readonly lookMs: number = 3_000;

  constructor(overrides: Partial<LandingSettings> = {}) {
    Object.assign(this, overrides);
  }
}
