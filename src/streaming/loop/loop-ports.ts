import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { LabConfig } from '../../config/lab-config.js';
import { LabError } from '../../errors/lab-error.js';
import { freePortOrFail } from '../../http/listening-port.js';
import { LoopPortError } from './loop.errors.js';

/** In the order of STREAM_PORTS. */
const PARTS = ['generator', 'normalizer', 'trainer', 'consumer'] as const;

const TAKEN = 'another process has it';

/** The old ports of the parts: what is asked there at the root is answered from below `/stream/<part>`, by the same server. */
@Injectable()
export class LoopPorts implements OnModuleDestroy {
  private readonly logger = new Logger(LoopPorts.name);
  private readonly servers: Server[] = [];

  constructor(
    private readonly config: LabConfig,
    private readonly adapters: HttpAdapterHost,
  ) {}

  /** Before anything else has begun. @throws {LoopPortError} */
  static async assertFree({ host, loop: { ports } }: Pick<LabConfig, 'host' | 'loop'>): Promise<void> {
    for (const [index, port] of ports.entries()) {
      await freePortOrFail({ host, port }).catch((error: unknown) => {
        if (!(error instanceof LabError)) throw error;
        throw new LoopPortError(PARTS[index], host, port, error.code === 'PORT_IN_USE' ? TAKEN : error.message);
      });
    }
  }

  /** Once the routes are there. @throws {LoopPortError} */
  async open(): Promise<void> {
    const { host, loop } = this.config;
    for (const [index, port] of loop.ports.entries()) {
      const address = await this.listen(PARTS[index], host, port);
      this.logger.log(`The ${PARTS[index]} of the learning loop is at http://${host}:${address.port}`);
    }
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.servers.map((server) => closed(server)));
  }

  private async listen(part: string, host: string, port: number): Promise<AddressInfo> {
    const fastify = this.adapters.httpAdapter.getInstance<FastifyInstance>();
    const server = createServer((request, response) => {
      request.url = `/stream/${part}${request.url}`;
      fastify.routing(request, response);
    });
    this.servers.push(server);
    try {
      server.listen(port, host);
      await once(server, 'listening');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new LoopPortError(part, host, port, code === 'EADDRINUSE' ? TAKEN : message);
    }
    return server.address() as AddressInfo;
  }
}

/** Waits for the requests under way. */
async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  const done = once(server, 'close');
  server.close();
  await done;
}
