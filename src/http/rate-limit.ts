import rateLimit from '@fastify/rate-limit';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { TooManyRequestsError } from './http.errors.js';
import { ApiProblems } from './problem.schema.js';

const MINUTE_MS = 60_000;
/** Addresses that are counted at once; beyond it the one that was quiet for longest is forgotten. */
const ADDRESSES = 10_000;

interface LimitedConfig {
  readonly rateLimited?: boolean;
}

/** For routes that ask for no token: a caller's address has so many requests a minute to all of them together. */
export const RateLimited = (): MethodDecorator =>
  applyDecorators(RouteConfig({ rateLimited: true } satisfies LimitedConfig), ApiProblems(429));

/**
 * Counts before anything else is done with a request, in this process alone. Before the routes are made.
 * @param perMinute 0 for no limit
 */
export async function limitRates(server: FastifyInstance, perMinute: number): Promise<void> {
  if (perMinute === 0) return;
  const noHeaders = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false };
  await server.register(rateLimit, {
    ...{ global: false, max: perMinute, timeWindow: MINUTE_MS, cache: ADDRESSES },
    ...{ addHeaders: { ...noHeaders, 'retry-after': true }, addHeadersOnExceeding: noHeaders },
    errorResponseBuilder: (_request, { ttl }) => new TooManyRequestsError(perMinute, Math.ceil(ttl / 1000)),
  });
  // One for all: each route by itself would have a count of its own.
  const limit = server.rateLimit();
  server.addHook('onRoute', (route: RouteOptions) => {
    if (!(route.config as LimitedConfig | undefined)?.rateLimited) return;
    route.onRequest = [limit, ...[route.onRequest ?? []].flat()];
  });
}
