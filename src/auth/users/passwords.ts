import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { LoginsBusyError } from '../auth.errors.js';
import { Turnstile } from './turnstile.js';

// OWASP's cost for argon2id: 19 MiB and two passes, about 20 ms of one core.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
// Two at a time leave half of libuv's four threads to files; 128 in the queue wait 1.3 s.
const AT_ONCE = 2;
const QUEUE = 128;

/** Argon2id hashes. Each costs 20 ms and 19 MiB, so only a few are worked on at once. */
@Injectable()
export class Passwords {
  private readonly turnstile = new Turnstile(AT_ONCE, QUEUE, () => new LoginsBusyError());
  private readonly decoy = hash(randomBytes(32), COST);

  /** @throws {LoginsBusyError} */
  hash(password: string): Promise<string> {
    return this.inTurn(() => hash(password, COST));
  }

  /** Takes as long without a hash (an unknown user) as with one. To be called in turn. */
  async match(encoded: string | undefined, password: string): Promise<boolean> {
    const matches = await verify(encoded ?? (await this.decoy), password);
    return matches && encoded !== undefined;
  }

  /**
   * Runs the task when its turn has come; what it checks first saves the cost of those that it refuses.
   * @throws {LoginsBusyError}
   */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    return this.turnstile.pass(task);
  }
}
