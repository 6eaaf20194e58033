import { LabError } from '../errors/lab-error.js';
import type { Problem } from '../estimators/estimator.types.js';

export class ModelNotFoundError extends LabError {
  readonly code = 'MODEL_NOT_FOUND';
  readonly status = 404;

  constructor(...names: [string, ...string[]]) {
    super(`There is no model ${names.map((name) => `"${name}"`).join(' or ')}. List them with GET /models.`);
  }
}

export class VersionNotFoundError extends LabError {
  readonly code = 'MODEL_VERSION_NOT_FOUND';
  readonly status = 404;

  constructor(model: string, version: number) {
    super(`The model "${model}" has no version ${version}. List them with GET /models/${model}.`);
  }
}

export class AliasNotFoundError extends LabError {
  readonly code = 'MODEL_ALIAS_NOT_FOUND';
  readonly status = 404;

  constructor(model: string, alias: string) {
    super(
      `The model "${model}" has no alias "${alias}". Name a version, or set the alias with PUT /models/${model}/aliases/${alias}.`,
    );
  }
}

/** A version that carries an alias may be in service. */
export class VersionInUseError extends LabError {
  readonly code = 'MODEL_VERSION_IN_USE';
  readonly status = 409;

  constructor(model: string, version: number) {
    super(`Version ${version} of the model "${model}" carries an alias. Move or drop the alias first, then delete the version.`);
  }
}

export class ModelTypeConflictError extends LabError {
  readonly code = 'MODEL_TYPE_CONFLICT';
  readonly status = 409;

  constructor(model: string, type: Problem) {
    super(`The model "${model}" has versions of another type than ${type}. Register this one under another name.`);
  }
}

/** A registration took so long that its files were swept. */
export class RegistrationExpiredError extends LabError {
  readonly code = 'MODEL_REGISTRATION_EXPIRED';
  readonly status = 503;
  override readonly retryable = true;

  constructor(model: string, version: number) {
    super(`Version ${version} of the model "${model}" took too long to register and was given up. Train it again.`);
  }
}

/** The file of a version is gone, or is not what was registered. It is not served. */
export class ModelDamagedError extends LabError {
  readonly code = 'MODEL_DAMAGED';
  readonly status = 503;

  /** @param what happened and how to mend it, in sentences */
  constructor(model: string, version: number, what: string) {
    super(
      `Version ${version} of the model "${model}" cannot be served. ${what} Until then its aliases may be moved to another version.`,
    );
  }
}
