/** Where a row was stopped: on its way into bronze, or by an expectation of a model. */
export type QuarantineStage = 'load' | 'build';

/** A row that does not go on, and why. */
export interface QuarantinedRow {
  /** In the file, from 1. */
  readonly line?: number;
  /** As received; the first 64 Ki characters are kept. */
  readonly text?: string;
  /** By column, as far as it could be read. */
  readonly row?: Readonly<Record<string, unknown>>;
  /** Names of the rules that it broke, all of them. */
  readonly rules: readonly string[];
  readonly reason: string;
}

/** What the rows of one {@link QuarantineService.put} have in common. */
export interface QuarantineContext {
  readonly dataset: string;
  readonly stage: QuarantineStage;
  readonly source?: string;
  readonly file?: string;
  readonly batch?: string;
  readonly runId?: string;
  /** Recorded in the same commit as the rows: a put that is recorded already keeps nothing. */
  readonly txn?: { readonly appId: string; readonly version: number };
}
