import type { Access } from './access.decorator.js';
import type { Role } from './role.types.js';

/** Who sends a request: a user by name, or an API key as `api-key:<name>` (no username holds a colon). */
export interface Caller {
  readonly username: string;
  readonly role: Role;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard when a valid token came. */
    user?: Caller;
    /** What the route asks for, set by the guard for the audit log. */
    access?: Access;
  }
}
