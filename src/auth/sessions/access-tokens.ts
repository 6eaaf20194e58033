import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService, TokenExpiredError as JwtExpiredError } from '@nestjs/jwt';
import { z } from 'zod';
import { LabConfig } from '../../config/lab-config.js';
import { InvalidTokenError, TokenExpiredError } from '../auth.errors.js';
import { makeRoom } from '../make-room.js';
import { type Role, ROLES } from '../role.types.js';

const Claims = z.object({
  /** Id of the user: a name could be given again to somebody else. */
  sub: z.uuid(),
  role: z.enum(ROLES),
  typ: z.literal('access'),
  /** The session that the token came from; the token ends with it. */
  sid: z.uuid(),
  jti: z.uuid(),
  iat: z.int(),
  exp: z.int(),
});
export type Claims = Readonly<z.infer<typeof Claims>>;

// A signature costs 16 µs to check, half of what the rest of a request does, and a client sends the same token for an hour.
const CAPACITY = 10_000;

/** Signed access tokens (JWT, HS256). Which algorithms pass is fixed where the module makes the JwtService. */
@Injectable()
export class AccessTokens {
  private readonly verified = new Map<string, Claims>();
  /** Seconds. */
  readonly life: number;

  constructor(
    private readonly jwt: JwtService,
    config: LabConfig,
  ) {
    this.life = config.jwtTtlMinutes * 60;
  }

  issue(user: { readonly id: string; readonly role: Role }, session: string): string {
    const claims = { sub: user.id, role: user.role, typ: 'access', sid: session };
    return this.jwt.sign(claims, { jwtid: randomUUID(), expiresIn: this.life });
  }

  /** @throws {InvalidTokenError | TokenExpiredError} */
  verify(token: string): Claims {
    const known = this.verified.get(token);
    if (!known) return this.remember(token, this.check(token));
    if (known.exp * 1000 > Date.now()) return known;
    this.verified.delete(token);
    throw new TokenExpiredError();
  }

  private check(token: string): Claims {
    try {
      return Claims.parse(this.jwt.verify(token));
    } catch (error) {
      throw error instanceof JwtExpiredError ? new TokenExpiredError() : new InvalidTokenError();
    }
  }

  private remember(token: string, claims: Claims): Claims {
    makeRoom(this.verified, CAPACITY);
    this.verified.set(token, claims);
    return claims;
  }
}
