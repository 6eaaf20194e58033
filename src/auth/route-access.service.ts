import { Injectable, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { ACCESS, type Access } from './access.decorator.js';

/** A route as it is declared: the path is a template such as `/api/v1/users/:username`. */
export interface RouteAccess {
  readonly method: string;
  readonly path: string;
  /** Undefined when the route says nothing, and so is closed to everybody. */
  readonly access: Access | undefined;
}

/** Reads from the controllers themselves who may call what. */
@Injectable()
export class RouteAccessService {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  /** Every route of every controller, in order of path and method. */
  list(): RouteAccess[] {
    const routes = this.discovery.getControllers().flatMap(({ metatype }) => (metatype ? this.routesOf(metatype) : []));
    return routes.sort((a, b) => compare(a.path, b.path) || compare(a.method, b.method));
  }

  /** The list as a Markdown table, one route a line. */
  describe(): string {
    const lines = this.list().map(({ method, path, access }) => `| ${method} | \`${path}\` | ${nameOf(access)} |`);
    return ['| method | path | who |', '| --- | --- | --- |', ...lines, ''].join('\n');
  }

  // Nest keeps a controller as a bare Function, or as its class: all that is asked of it here is metadata.
  private routesOf(controller: NonNullable<InstanceWrapper['metatype']>): RouteAccess[] {
    const prefixes = this.pathsOf(controller);
    return this.scanner.getAllMethodNames(controller.prototype as object).flatMap((name) => {
      const route = (controller.prototype as Record<string, () => unknown>)[name];
      const method = this.reflector.get<RequestMethod | undefined>(METHOD_METADATA, route);
      if (method === undefined) return [];
      const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [route, controller]);
      const paths = prefixes.flatMap((prefix) => this.pathsOf(route).map((path) => join(prefix, path)));
      return paths.map((path) => ({ method: RequestMethod[method], path, access }));
    });
  }

  private pathsOf(target: NonNullable<InstanceWrapper['metatype']>): string[] {
    return [this.reflector.get<string | string[] | undefined>(PATH_METADATA, target) ?? ''].flat();
  }
}

/** Slashes may stand at either end of either part, or nowhere. */
const join = (...parts: string[]): string => `/${parts.flatMap((part) => part.split('/').filter(Boolean)).join('/')}`;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function nameOf(access: Access | undefined): string {
  if (!access) return 'nobody (not declared)';
  return 'open' in access ? 'everybody' : access.role;
}
