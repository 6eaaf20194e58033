import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { PinoLogger } from 'nestjs-pino';
import { onBehalfOf } from './log-context.js';

/** A line for each answer: those that failed by our fault as errors, all others for who looks closely. */
@Injectable()
export class RequestLog implements OnModuleInit {
  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly logger: PinoLogger,
  ) {}

  onModuleInit(): void {
    const server = this.adapters.httpAdapter?.getInstance<FastifyInstance>();
    // Not on arrival: what a connection brings later, the body, would be read outside.
    server?.addHook('preValidation', ({ id }, _reply, done) => onBehalfOf({ request_id: id }, done));
    server?.addHook('onResponse', ({ id, method, url }, { statusCode, elapsedTime }, done) => {
      const level = statusCode >= 500 ? 'error' : 'debug';
      if (this.logger.logger.isLevelEnabled(level)) {
        this.logger[level]({ request_id: id }, `${method} ${url} ${statusCode} in ${Math.round(elapsedTime)} ms`);
      }
      done();
    });
  }
}
