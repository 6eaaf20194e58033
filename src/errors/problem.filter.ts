import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isEngineAway } from './engine-away.js';
import { type FieldProblem, LabError } from './lab-error.js';

interface Problem {
  status: number;
  code: string;
  detail: string;
  errors?: readonly FieldProblem[];
}

/** What the framework itself refuses, before any room is asked. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: 'INVALID_REQUEST',
  404: 'ROUTE_NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
};

const AWAY: Problem = {
  status: 503,
  code: 'ENGINE_AWAY',
  detail: 'An engine that this needs does not answer. GET /health says which; ask again in a moment.',
};

/** An address that the router cannot read: it answers before there is a route whose filter could. */
export function refuseAddress(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 400;
  void reply.header('x-request-id', request.id);
  sendProblem({ status, code: REFUSALS[status] ?? 'REQUEST_REFUSED', detail: error.message }, request, reply);
}

function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  void reply
    .status(problem.status)
    .type('application/problem+json')
    .send({
      type: 'about:blank',
      title: STATUS_CODES[problem.status] ?? problem.code,
      ...problem,
      message: problem.detail,
      instance: request.url,
      request_id: request.id,
    });
}

/** Turns every failure into problem JSON (RFC 9457). What nobody foresaw is logged whole and told in one neutral sentence. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (error instanceof LabError && error.headers) void reply.headers(error.headers);
    sendProblem(this.describe(error, request), request, reply);
  }

  private describe(error: unknown, { routeOptions, server }: FastifyRequest): Problem {
    if (error instanceof LabError) {
      const { status, code, message: detail, errors } = error;
      return { status, code, detail, ...(errors && { errors }) };
    }
    if (error instanceof HttpException) {
      const status = error.getStatus();
      const setting = routeOptions.bodyLimit === server.initialConfig.bodyLimit ? ' (BODY_LIMIT_MB)' : '';
      const limit = status === 413 ? `. ${routeOptions.bodyLimit} bytes are allowed here${setting}` : '';
      return { status, code: REFUSALS[status] ?? 'REQUEST_REFUSED', detail: `${error.message}${limit}` };
    }
    this.logger.error(error);
    if (isEngineAway(error)) return AWAY;
    return { status: 500, code: 'INTERNAL_ERROR', detail: 'Something broke on our side. The log has it under this request id.' };
  }
}
