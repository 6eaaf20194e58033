import { LabError } from '../errors/lab-error.js';

/** Some of many tables could not be looked after; the others were. */
export class TablesFailedError extends LabError {
  readonly code = 'TABLES_FAILED';
  readonly status = 500;

  /** @param failures why, by the table */
  constructor(failures: ReadonlyMap<string, string>, tables: number) {
    super(
      `${failures.size} of ${tables} tables could not be looked after, the others were:\n` +
        [...failures].map(([table, reason]) => `  - ${table}: ${reason}`).join('\n'),
    );
  }
}
