import { Injectable } from '@nestjs/common';
import { counter } from '../../telemetry/metrics.js';
import { WrongCredentialsError } from '../auth.errors.js';
import { Passwords } from '../users/passwords.js';
import type { UserEntity } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { AccessTokens } from './access-tokens.js';
import { LoginThrottle } from './login-throttle.js';
import { RefreshTokens } from './refresh-tokens.js';
import type { Login, RefreshedTokens, Tokens } from './session.schema.js';

const LOGINS = { name: 'lab_logins_total', help: 'Logins by password, by how they ended', labels: ['outcome'] } as const;

/** Logging in, going on, logging out. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
    private readonly refreshTokens: RefreshTokens,
    private readonly accessTokens: AccessTokens,
  ) {}

  /**
   * @param address from where, for the count of failures
   * @throws {WrongCredentialsError | TooManyLoginsError | LoginsBusyError}
   */
  async login(login: Login, address: string): Promise<Tokens> {
    const user = await this.passwords
      .inTurn(() => this.authenticate(login, address))
      .catch((error: unknown) => {
        counter(LOGINS).inc({ outcome: error instanceof WrongCredentialsError ? 'refused' : 'turned_away' });
        throw error;
      });
    counter(LOGINS).inc({ outcome: 'accepted' });
    const { token, session } = await this.refreshTokens.issue(user.id);
    return { ...this.answer(user, session), refresh_token: token };
  }

  /** @throws {InvalidTokenError | TokenExpiredError} */
  async refresh(refreshToken: string): Promise<RefreshedTokens> {
    const { id, user } = await this.refreshTokens.redeem(refreshToken);
    return this.answer(user, id);
  }

  /**
   * Ends the session of either of its tokens; ending it twice is no failure.
   * @throws {InvalidTokenError | TokenExpiredError}
   */
  async logout(token: string): Promise<void> {
    const session = await this.refreshTokens.find(token);
    await this.refreshTokens.revoke(session?.id ?? this.accessTokens.verify(token).sid);
  }

  private async authenticate({ username, password }: Login, address: string): Promise<UserEntity> {
    this.throttle.check(username, address);
    const user = await this.users.find(username);
    const matches = await this.passwords.match(user?.passwordHash, password);
    if (!user || !matches || user.blocked) {
      this.throttle.failed(username, address);
      throw new WrongCredentialsError();
    }
    this.throttle.succeeded(username, address);
    return user;
  }

  private answer(user: UserEntity, session: string): RefreshedTokens {
    return { access_token: this.accessTokens.issue(user, session), token_type: 'Bearer', expires_in: this.accessTokens.life };
  }
}
