import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { NotAuthenticatedError } from './auth.errors.js';

const SCHEME = 'bearer ';

/** The token of an `Authorization: Bearer …` header; undefined without one or for another scheme. */
export function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization?.slice(0, SCHEME.length).toLowerCase() !== SCHEME) return undefined;
  return authorization.slice(SCHEME.length).trim();
}

/**
 * The bearer of a route that judges the token itself. (`@Headers` would put a parameter into the OpenAPI document that Swagger UI
 * asks for and may not send.)
 * @throws {NotAuthenticatedError}
 */
export const BearerToken = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const token = bearerOf(context.switchToHttp().getRequest<FastifyRequest>().headers.authorization);
  if (token === undefined) throw new NotAuthenticatedError();
  return token;
});
