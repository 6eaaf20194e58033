import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { PinoLogger } from 'nestjs-pino';

const inHand = new AsyncLocalStorage<string>();

/** What each line of log carries that is written while a request is worked on. */
export function requestInHand(): { request_id?: string } {
  const id = inHand.getStore();
  return id === undefined ? {} : { request_id: id };
}

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
    server?.addHook('preValidation', ({ id }, _reply, done) => inHand.run(id, done));
    server?.addHook('onResponse', ({ id, method, url }, { statusCode, elapsedTime }, done) => {
      const level = statusCode >= 500 ? 'error' : 'debug';
      if (this.logger.logger.isLevelEnabled(level)) {
        this.logger[level]({ request_id: id }, `${method} ${url} ${statusCode} in ${Math.round(elapsedTime)} ms`);
      }
      done();
    });
  }
}
