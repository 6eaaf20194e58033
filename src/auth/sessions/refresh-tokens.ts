import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, LessThan, type Repository } from 'typeorm';
import { InvalidTokenError, TokenExpiredError } from '../auth.errors.js';
import { digestOf, isSecret, newSecret } from '../opaque-secret.js';
import { RefreshTokenEntity } from './refresh-token.entity.js';

const DAY_MS = 86_400_000;
const LIFE_MS = 30 * DAY_MS;

/** Refresh tokens: opaque, kept as digests, good for 30 days or until revoked. Not rotated: older clients keep theirs. */
@Injectable()
export class RefreshTokens {
  constructor(@InjectRepository(RefreshTokenEntity) private readonly tokens: Repository<RefreshTokenEntity>) {}

  /** Begins a session. The token is shown here and never again. */
  async issue(userId: string): Promise<{ token: string; session: string }> {
    const token = newSecret('dflr');
    const expiresAt = new Date(Date.now() + LIFE_MS);
    const { identifiers } = await this.tokens.insert({ userId, digest: digestOf(token), expiresAt });
    return { token, session: identifiers[0].id as string };
  }

  /**
   * The session that goes on, with its user.
   * @throws {InvalidTokenError | TokenExpiredError} the first also for a revoked token or a blocked user
   */
  async redeem(token: string): Promise<RefreshTokenEntity> {
    const session = await this.find(token);
    if (!session || session.revokedAt || session.user.blocked) throw new InvalidTokenError();
    if (session.expiresAt.getTime() <= Date.now()) throw new TokenExpiredError();
    return session;
  }

  /** The session of a token, be it over or not. */
  async find(token: string): Promise<RefreshTokenEntity | undefined> {
    if (!isSecret('dflr', token)) return undefined;
    const found = await this.tokens.findOne({ where: { digest: digestOf(token) }, relations: { user: true } });
    return found ?? undefined;
  }

  /** Ends one session; one that has ended stays as it is. */
  async revoke(session: string): Promise<void> {
    await this.tokens.update({ id: session, revokedAt: IsNull() }, { revokedAt: () => 'now()' });
  }

  async revokeAllOf(userId: string, manager: EntityManager): Promise<void> {
    await manager.update(RefreshTokenEntity, { userId, revokedAt: IsNull() }, { revokedAt: () => 'now()' });
  }

  /** Deletes what expired more than a day ago: by then the last access token of the session is over, too. */
  async purge(): Promise<void> {
    await this.tokens.delete({ expiresAt: LessThan(new Date(Date.now() - DAY_MS)) });
  }
}
