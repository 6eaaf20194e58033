import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Histogram, register } from 'prom-client';

const DURATION = 'http_request_duration_seconds';

/** Process metrics, and the time of every request by route template: a path that no route has is one label, not one each. */
export function measureHttp(server: FastifyInstance): void {
  const duration = (register.getSingleMetric(DURATION) as Histogram | undefined) ?? registerMetrics();
  // Hashing the labels of a request costs more than counting it. There are as many keys as there are series.
  const series = new Map<string, { observe(seconds: number): void }>();
  server.addHook('onResponse', ({ method, routeOptions }, { statusCode, elapsedTime }, done) => {
    const route = routeOptions.url ?? 'unknown';
    const key = `${method} ${statusCode} ${route}`;
    let own = series.get(key);
    if (!own) series.set(key, (own = duration.labels(method, route, String(statusCode))));
    own.observe(elapsedTime / 1000);
    done();
  });
}

function registerMetrics(): Histogram {
  collectDefaultMetrics();
  return new Histogram({
    name: DURATION,
    help: 'Time from the first byte of a request to the last byte of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
}
