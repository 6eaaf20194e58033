import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { mayActAs } from '../role.types.js';
import { Login } from '../sessions/session.schema.js';
import { USERNAME } from '../users/user.schema.js';
import { AuditLog } from './audit-log.js';

const LOGIN = '/api/v1/auth/login';
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Hears of every answer when it is sent, and notes those that belong in the audit log. */
@Injectable()
export class AuditRecorder implements OnModuleInit {
  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly log: AuditLog,
  ) {}

  onModuleInit(): void {
    // A command of the CLI has no server.
    const server = this.adapters.httpAdapter?.getInstance<FastifyInstance>();
    server?.addHook('onResponse', (request, reply, done) => {
      if (isDenied(reply) || isWrite(request)) this.record(request, reply);
      done();
    });
  }

  private record(request: FastifyRequest, reply: FastifyReply): void {
    const { method, ip, id, url, user } = request;
    const [path] = url.split('?', 1);
    const [route, status] = [request.routeOptions.url ?? path, reply.statusCode];
    this.log.record({
      at: new Date(),
      username: user?.username ?? triedName(request),
      method,
      route,
      path,
      status,
      requestId: id,
      address: ip,
    });
  }
}

/** A refused login is noted under the name that was tried, if somebody could have it: that is what an attack on an account looks like. */
function triedName({ routeOptions, body }: FastifyRequest): string | null {
  const name = routeOptions.url === LOGIN ? Login.safeParse(body).data?.username : undefined;
  return name !== undefined && USERNAME.test(name) ? name : null;
}

const isDenied = ({ statusCode }: FastifyReply): boolean => statusCode === 401 || statusCode === 403;

/** Engineers and admins write; what the roles below them send by POST are questions and predictions. */
const isWrite = ({ method, access }: FastifyRequest): boolean =>
  !READS.has(method) && access !== undefined && 'role' in access && mayActAs(access.role, 'engineer');
