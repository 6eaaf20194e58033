import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { InvalidTokenError } from './auth.errors.js';
import { bearerOf } from './bearer-token.decorator.js';
import type { Caller } from './caller.types.js';
import { isSecret } from './opaque-secret.js';
import { AccessTokens, type Claims } from './sessions/access-tokens.js';
import { type UserState, UserStates } from './sessions/user-states.js';

/** Tells who sends a request: by access token or API key as bearer, or by API key in `X-API-Key`. */
@Injectable()
export class AuthenticationService {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly states: UserStates,
    private readonly apiKeys: ApiKeysService,
  ) {}

  /**
   * @returns undefined when the request brings no token; a promise only when the database must be asked
   * @throws {InvalidTokenError | TokenExpiredError}
   */
  identify({ authorization, 'x-api-key': key }: IncomingHttpHeaders): Caller | undefined | Promise<Caller> {
    const bearer = bearerOf(authorization);
    if (bearer !== undefined) return isSecret('dflk', bearer) ? this.apiKeys.identify(bearer) : this.userOf(bearer);
    return typeof key === 'string' ? this.apiKeys.identify(key) : undefined;
  }

  private userOf(token: string): Caller | Promise<Caller> {
    const claims = this.accessTokens.verify(token);
    const state = this.states.of(claims.sub);
    return state instanceof Promise ? state.then((loaded) => admit(claims, loaded)) : admit(claims, state);
  }
}

function admit({ sid }: Claims, state: UserState | undefined): Caller {
  if (!state || state.blocked || state.endedSessions.has(sid)) throw new InvalidTokenError();
  return state.caller;
}
