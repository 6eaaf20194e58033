import { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Streams of events have no end of their own, and their clients come back by themselves. */
const ENDLESS = /^text\/event-stream/;

/** How long a connection that is in use has to hear, with its next answer, that it is the last. */
const TURNOVER_MS = 500;

/**
 * How a server takes its leave: it says that it is not ready, goes on answering while balancers turn away, tells each
 * connection with its next answer to close, and waits for the requests that are still in progress.
 */
@Injectable()
export class Drain implements OnModuleInit {
  private readonly logger = new Logger(Drain.name);
  private readonly answering = new Set<FastifyReply>();
  private begun = false;
  private leaving = false;

  constructor(private readonly adapters: HttpAdapterHost) {}

  /** From here on no new traffic is wanted. */
  get hasBegun(): boolean {
    return this.begun;
  }

  onModuleInit(): void {
    const server = this.adapters.httpAdapter?.getInstance<FastifyInstance>();
    server?.addHook('onRequest', (_request, reply, done) => {
      this.answering.add(reply);
      reply.raw.once('close', () => this.answering.delete(reply));
      done();
    });
    server?.addHook('onSend', (_request, reply, _payload, done) => {
      if (this.leaving) void reply.header('connection', 'close');
      done();
    });
  }

  /**
   * Resolves when every accepted request is answered, or cut off because it took too long.
   * @param delayMs how long the process still takes new connections
   * @param patienceMs how long requests in progress may take after that
   */
  async requests(delayMs: number, patienceMs: number): Promise<void> {
    this.begun = true;
    await sleep(delayMs);
    this.leaving = true;
    const { server } = this.adapters.httpAdapter.getInstance<FastifyInstance>();
    // Not the `close` of HTTP, which cuts off idle connections at once: a request may be on its way on any of them.
    const closed = new Promise<void>((resolve) => Server.prototype.close.call(server, () => resolve()));
    this.endStreams();
    const turnover = setTimeout(() => server.closeIdleConnections(), TURNOVER_MS);
    const late = setTimeout(() => this.cutOff(server, patienceMs), patienceMs);
    const again = setInterval(() => {
      this.endStreams();
      // A connection that has never sent anything is not idle in the eyes of the server.
      if (this.answering.size === 0) server.closeAllConnections();
    }, 2 * TURNOVER_MS);
    await closed;
    for (const timer of [turnover, late, again]) clearTimeout(timer);
  }

  /** Also those that were asked for since, on connections that were open. */
  private endStreams(): void {
    for (const { raw } of this.answering) if (ENDLESS.test(String(raw.getHeader('content-type')))) raw.end();
  }

  private cutOff(server: FastifyInstance['server'], patienceMs: number): void {
    this.logger.warn(`${this.answering.size} requests did not end within ${patienceMs} ms and are cut off`);
    server.closeAllConnections();
  }
}
