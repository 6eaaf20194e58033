import { LabError } from '../errors/lab-error.js';
import type { Role } from './role.types.js';

// RFC 6750: the header names the scheme, and the failure when a token was sent at all.
const CHALLENGE = 'Bearer realm="dataflow-lab"';
const challenge = (error: string, rest = '') => ({ 'WWW-Authenticate': `${CHALLENGE}, error="${error}"${rest}` });

export class NotAuthenticatedError extends LabError {
  readonly code = 'NOT_AUTHENTICATED';
  readonly status = 401;
  override readonly headers = { 'WWW-Authenticate': CHALLENGE };

  constructor() {
    super('This needs a token. Get one with POST /api/v1/auth/login and send it as "Authorization: Bearer <token>".');
  }
}

/** Forged, malformed, revoked, of the wrong kind, or of a user who is gone or blocked: the caller learns only that it is not valid. */
export class InvalidTokenError extends LabError {
  readonly code = 'INVALID_TOKEN';
  readonly status = 401;
  override readonly headers = challenge('invalid_token');

  constructor() {
    super('The token is not valid here. Log in again with POST /api/v1/auth/login.');
  }
}

export class TokenExpiredError extends LabError {
  readonly code = 'TOKEN_EXPIRED';
  readonly status = 401;
  override readonly headers = challenge('invalid_token', ', error_description="expired"');

  constructor() {
    super('The token has expired. Get another with POST /api/v1/auth/refresh or POST /api/v1/auth/login.');
  }
}

export class RoleNotAllowedError extends LabError {
  readonly code = 'ROLE_NOT_ALLOWED';
  readonly status = 403;
  override readonly headers: Readonly<Record<string, string>>;

  constructor(role: Role, needed: Role) {
    super(`This needs the role ${needed}, and yours is ${role}. An admin can change it with PATCH /api/v1/users/{username}.`);
    this.headers = challenge('insufficient_scope', `, scope="${needed}"`);
  }
}

/** A mistake of ours, not of the caller: the route is closed until somebody says who may call it. */
export class AccessNotDeclaredError extends LabError {
  readonly code = 'ACCESS_NOT_DECLARED';
  readonly status = 403;

  constructor(route: string) {
    super(`${route} does not say who may call it, so nobody may. Its developer adds @RequireRole(…) or @OpenToAll().`);
  }
}

/** The same words for an unknown user, a wrong password and a blocked user, so that nobody learns which names exist. */
export class WrongCredentialsError extends LabError {
  readonly code = 'WRONG_CREDENTIALS';
  readonly status = 401;
  override readonly headers = { 'WWW-Authenticate': CHALLENGE };

  constructor() {
    super('Username or password is wrong.');
  }
}

export class TooManyLoginsError extends LabError {
  readonly code = 'TOO_MANY_LOGINS';
  readonly status = 429;
  override readonly retryable = true;
  override readonly headers: Readonly<Record<string, string>>;

  constructor(seconds: number) {
    super(`Too many logins failed from here. Try again in ${seconds} s.`);
    this.headers = { 'Retry-After': String(seconds) };
  }
}

/** More passwords wait to be checked than the processor can check in good time. */
export class LoginsBusyError extends LabError {
  readonly code = 'LOGINS_BUSY';
  readonly status = 429;
  override readonly retryable = true;
  override readonly headers = { 'Retry-After': '1' };

  constructor() {
    super('Too many people log in at this moment. Try again in 1 s.');
  }
}

export class UserNotFoundError extends LabError {
  readonly code = 'USER_NOT_FOUND';
  readonly status = 404;

  constructor(username: string) {
    super(`There is no user "${username}". List them with GET /api/v1/users.`);
  }
}

export class UsernameTakenError extends LabError {
  readonly code = 'USERNAME_TAKEN';
  readonly status = 409;

  constructor(username: string) {
    super(`There is a user "${username}" already (upper and lower case are the same). Choose another name.`);
  }
}

export class LastAdminError extends LabError {
  readonly code = 'LAST_ADMIN';
  readonly status = 409;

  constructor(username: string) {
    super(`"${username}" is the last admin who is not blocked. Give somebody else the role admin first.`);
  }
}

export class ApiKeyNotFoundError extends LabError {
  readonly code = 'API_KEY_NOT_FOUND';
  readonly status = 404;

  constructor(id: string) {
    super(`There is no API key ${id}. List them with GET /api/v1/api-keys.`);
  }
}

export class ApiKeyNameTakenError extends LabError {
  readonly code = 'API_KEY_NAME_TAKEN';
  readonly status = 409;

  constructor(name: string) {
    super(`There is an API key "${name}" already. Choose another name, or delete that one first.`);
  }
}

export class ExpiryInThePastError extends LabError {
  readonly code = 'EXPIRY_IN_THE_PAST';
  readonly status = 422;

  constructor(expiresAt: Date) {
    super(`The key would have expired at ${expiresAt.toISOString()} already. Give a time in the future, or none.`);
  }
}

export class BrokenSigningKeyError extends LabError {
  readonly code = 'BROKEN_SIGNING_KEY';
  readonly status = 500;

  constructor(file: string) {
    super(`${file} is too short to sign tokens. Delete it and start again (everybody logs in anew), or set JWT_SECRET.`);
  }
}
