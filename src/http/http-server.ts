import type { IncomingHttpHeaders } from 'node:http';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { LabConfig } from '../config/lab-config.js';
import { schemaValidation } from '../errors/invalid-input.error.js';
import { ProblemFilter, refuseAddress } from '../errors/problem.filter.js';
import { measureHttp } from '../telemetry/http-metrics.js';
import { requestIdOf } from '../telemetry/request-id.js';
import { SAFE_HEADERS, SAFE_PAGE_HEADERS } from './safe-headers.js';

/** Some hundred thousand rows to predict. */
const USUAL_BODY_LIMIT_BYTES = 32 * 1024 * 1024;
/** A whole head may not be longer than this: a name in a path that nothing has is a 404 of its room, however long. */
const PARAMETER_LIMIT = 16 * 1024;

type ServerSettings = Partial<Pick<LabConfig, 'bodyLimitBytes' | 'trustProxy'>>;

export const httpAdapter = ({ bodyLimitBytes = USUAL_BODY_LIMIT_BYTES, trustProxy }: ServerSettings = {}): FastifyAdapter =>
  new FastifyAdapter({
    trustProxy: trustProxy && [...trustProxy],
    bodyLimit: bodyLimitBytes,
    genReqId: requestIdOf,
    forceCloseConnections: 'idle',
    // There is no middleware here: what goes before each request is a hook.
    skipMiddie: true,
    frameworkErrors: refuseAddress,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PARAMETER_LIMIT },
  });

/** What every route has: validation, problem JSON, its id in the answer, its time in the metrics, and safe headers. */
export function setUpHttp(app: NestFastifyApplication): void {
  app.useGlobalPipes(schemaValidation());
  app.useGlobalFilters(new ProblemFilter());
  const server = app.getHttpAdapter().getInstance();
  measureHttp(server);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers(SAFE_HEADERS).header('x-request-id', request.id);
    // Many clients say of every request that it is JSON, of one without a body as well.
    if (hasNoBody(request.headers)) delete request.raw.headers['content-type'];
    done();
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (String(reply.getHeader('content-type')).startsWith('text/html')) void reply.headers(SAFE_PAGE_HEADERS);
    done();
  });
}

const hasNoBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
