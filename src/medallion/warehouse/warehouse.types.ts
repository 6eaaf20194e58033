/** What became of bringing one table to the warehouse. */
export interface Publication {
  readonly dataset: string;
  /** Delta version that stands there now. */
  readonly version: number;
  readonly rows: number;
  /** It stood there already. */
  readonly skipped: boolean;
  readonly seconds: number;
}
