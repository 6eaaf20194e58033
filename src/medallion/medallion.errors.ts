import type { YamlProblem } from '../config/yaml-file.js';
import type { SqlError } from '../engines/sql/sql.errors.js';
import { LabError } from '../errors/lab-error.js';

/** A file of the workspace that cannot be used: where, and what is allowed there. */
export class InvalidModelFileError extends LabError {
  readonly code = 'MODEL_FILE_INVALID';
  readonly status = 422;

  constructor(file: string, problems: readonly YamlProblem[]) {
    super(problems.map(({ line, message }) => `${file}:${line}: ${message}`).join('\n'));
  }
}

export class TransformNotFoundError extends LabError {
  readonly code = 'TRANSFORM_NOT_FOUND';
  readonly status = 404;

  constructor(name: string, known: readonly string[]) {
    super(`There is no SQL model "${name}". The workspace has: ${known.join(', ') || 'none'}.`);
  }
}

/** A model reads a table that nothing has made. */
export class MissingInputError extends LabError {
  readonly code = 'INPUT_MISSING';
  readonly status = 422;

  constructor(model: string, input: string) {
    super(
      `The model "${model}" reads "${input}", which is neither a table of the lake nor a model of the workspace. Load its source first, or mend the name.`,
    );
  }
}

export class ModelCycleError extends LabError {
  readonly code = 'MODEL_CYCLE';
  readonly status = 422;

  /** @param places of the references, as file:line */
  constructor(
    readonly cycle: readonly string[],
    places: readonly string[] = [],
  ) {
    const where = places.length > 0 ? ` (${places.join(', ')})` : '';
    super(`The SQL models read each other in a circle: ${cycle.join(' -> ')}${where}. Take one of the references out.`);
  }
}

/** The rows that a model made for an interval are not all of that interval. */
export class OutsideIntervalError extends LabError {
  readonly code = 'ROWS_OUTSIDE_INTERVAL';
  readonly status = 422;

  constructor(model: { readonly name: string; readonly place: string }, column: string, interval: string, rows: number) {
    super(
      `${model.place}: "${model.name}" made ${rows} row(s) for ${interval} whose "${column}" is missing or lies outside: no other interval ` +
        'could ever replace them. Filter the SELECT by @start and @end.',
    );
  }
}

/** A range that was asked for does not fit the intervals of a model. */
export class InvalidRangeError extends LabError {
  readonly code = 'RANGE_INVALID';
  readonly status = 422;
}

/** Keys that should name a row name several, or none. */
export class ModelKeyError extends LabError {
  readonly code = 'MODEL_KEY_INVALID';
  readonly status = 422;
}

/** The SELECT of a model does not go with what it reads: a column that went away, a type that changed, a value that cannot be cast. */
export class ModelSqlError extends LabError {
  readonly code = 'MODEL_SQL_INVALID';
  readonly status = 422;

  constructor(
    model: { readonly name: string; readonly file: string; readonly sqlLine: number; readonly csv?: { readonly path: string } },
    { reason, line, column }: SqlError,
  ) {
    const place = line === undefined || model.csv ? '' : `:${model.sqlLine + line - 1}:${column ?? 1}`;
    super(`${model.file}${place}: the model "${model.name}" cannot be built: ${model.csv ? `${model.csv.path}: ` : ''}${reason}`);
  }
}

/** An expectation with `on_fail: fail` did not hold: the table keeps its former version. */
export class ExpectationFailedError extends LabError {
  readonly code = 'EXPECTATION_FAILED';
  readonly status = 422;

  constructor(model: string, failures: readonly string[]) {
    super(`"${model}" was not written, its former version stays: ${failures.join('; ')}.`);
  }
}

export class QuarantinedRowNotFoundError extends LabError {
  readonly code = 'QUARANTINED_ROW_NOT_FOUND';
  readonly status = 404;

  constructor(ids: readonly string[]) {
    super(`No row in quarantine has the id ${ids.map((id) => `"${id}"`).join(', ')}. List them with GET /api/v1/quarantine.`);
  }
}

export class AlreadyReplayedError extends LabError {
  readonly code = 'ALREADY_REPLAYED';
  readonly status = 409;

  constructor(ids: readonly string[]) {
    super(`Already replayed: ${ids.join(', ')}. A row goes back once; leave these out and send the others again.`);
  }
}

/** Rows that were sent are no rows of the table that they are meant for. */
export class MendedRowError extends LabError {
  readonly code = 'MENDED_ROW_INVALID';
  readonly status = 422;

  constructor(dataset: string, faults: readonly { readonly id: string; readonly reason: string }[]) {
    super(
      `Nothing was replayed. These are no rows of "${dataset}": ${faults.map(({ id, reason }) => `${id}: ${reason}`).join('; ')}. ` +
        `GET /api/v1/datasets/${dataset} lists its columns.`,
    );
  }
}

export class ReplayTargetMissingError extends LabError {
  readonly code = 'REPLAY_TARGET_MISSING';
  readonly status = 422;

  constructor(dataset: string) {
    super(`The rows are meant for "${dataset}", which is not there yet. Load or build it first, then replay them.`);
  }
}
