import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { ACCESS, type Access } from './access.decorator.js';
import { AccessNotDeclaredError, NotAuthenticatedError, RoleNotAllowedError } from './auth.errors.js';
import { AuthenticationService } from './authentication.service.js';
import type { Caller } from './caller.types.js';
import { mayActAs, type Role } from './role.types.js';

/** Stands before every route and asks for what the route declares. A route that declares nothing is closed. */
@Injectable()
export class AccessGuard implements CanActivate {
  /** By class and handler: to find it by reflection costs more than all else that is done here. */
  private readonly declared = new WeakMap<object, WeakMap<object, Access>>();

  constructor(
    private readonly reflector: Reflector,
    private readonly authentication: AuthenticationService,
  ) {}

  /** Answers without a promise when everything is known already, which is nearly always. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const access = this.declared.get(context.getClass())?.get(context.getHandler()) ?? this.reflect(context);
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.access = access;
    return 'open' in access ? this.welcome(request) : this.demand(access.role, request);
  }

  private reflect(context: ExecutionContext): Access {
    const [handler, owner] = [context.getHandler(), context.getClass()];
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [handler, owner]);
    if (!access) throw new AccessNotDeclaredError(`${owner.name}.${handler.name}`);
    const known = this.declared.get(owner) ?? new WeakMap<object, Access>();
    this.declared.set(owner, known.set(handler, access));
    return access;
  }

  private demand(needed: Role, request: FastifyRequest): boolean | Promise<boolean> {
    const caller = this.authentication.identify(request.headers);
    if (caller instanceof Promise) return caller.then((loaded) => admit(loaded, needed, request));
    return admit(caller, needed, request);
  }

  /** On an open route a token is a courtesy: one that is wrong, or that cannot be checked now, makes the caller nobody. */
  private welcome(request: FastifyRequest): boolean | Promise<boolean> {
    if (request.headers.authorization === undefined && request.headers['x-api-key'] === undefined) return true;
    return this.introduce(request).catch(() => true);
  }

  private async introduce(request: FastifyRequest): Promise<boolean> {
    request.user = await this.authentication.identify(request.headers);
    return true;
  }
}

function admit(caller: Caller | undefined, needed: Role, request: FastifyRequest): boolean {
  if (!caller) throw new NotAuthenticatedError();
  request.user = caller;
  if (!mayActAs(caller.role, needed)) throw new RoleNotAllowedError(caller.role, needed);
  return true;
}
