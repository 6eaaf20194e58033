/** What is wrong with one field of a request. */
export interface FieldProblem {
  /** Joined by dots: `messages.0.value`. */
  readonly path: string;
  readonly message: string;
}

/** A failure that its reader can act on: what happened, what to do, and whether trying again helps. */
export abstract class LabError extends Error {
  /** Stable and upper snake case, because clients branch on it. */
  abstract readonly code: string;
  /** The HTTP status that the edge answers with. */
  abstract readonly status: number;
  /** True when the same call may succeed later with nothing changed. */
  readonly retryable: boolean = false;
  /** Response headers that belong to the failure, such as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Which fields it is about, when there are several. */
  readonly errors?: readonly FieldProblem[];
}
