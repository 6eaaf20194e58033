import rateLimit from '@fastify/rate-limit';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, onRequestAsyncHookHandler, RouteOptions } from 'fastify';
import { TooManyRequestsError } from './http.errors.js';
import { ApiProblems } from './problem.schema.js';

const MINUTE_MS = 60_000;
/** Addresses that are counted at once; beyond it the one that was quiet for longest is forgotten. */
const ADDRESSES = 10_000;

/** A thousand texts of a page each; nobody without a name sends files. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

interface LimitedConfig {
  readonly rateLimited?: boolean;
}

const isLimited = ({ config }: RouteOptions): boolean => (config as LimitedConfig | undefined)?.rateLimited ?? false;

/** For routes that ask for no token: a caller's address has so many requests a minute to all of them together, of a moderate size. */
export const RateLimited = (): MethodDecorator =>
  applyDecorators(RouteConfig({ rateLimited: true } satisfies LimitedConfig), ApiProblems(429));

/**
 * Counts before anything else is done with a request, in this process alone. Before the routes are made.
 * @param perMinute 0 for no limit
 */
export async function limitRates(server: FastifyInstance, perMinute: number): Promise<void> {
  const counted = perMinute > 0 ? await counting(server, perMinute) : [];
  server.addHook('onRoute', (route) => {
    if (!isLimited(route)) return;
    route.bodyLimit = Math.min(BODY_LIMIT_BYTES, server.initialConfig.bodyLimit ?? Infinity);
    route.onRequest = [...counted, ...[route.onRequest ?? []].flat()];
  });
}

/** One count for all routes: each by itself would have its own. */
async function counting(server: FastifyInstance, perMinute: number): Promise<onRequestAsyncHookHandler[]> {
  const noHeaders = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false };
  await server.register(rateLimit, {
    ...{ global: false, max: perMinute, timeWindow: MINUTE_MS, cache: ADDRESSES },
    ...{ addHeaders: { ...noHeaders, 'retry-after': true }, addHeadersOnExceeding: noHeaders },
    errorResponseBuilder: (_request, { ttl }) => new TooManyRequestsError(perMinute, Math.ceil(ttl / 1000)),
  });
  return [server.rateLimit()];
}
