import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
import { ApiProblems } from '../http/problem.schema.js';
import type { Role } from './role.types.js';

export const ACCESS = 'auth:access';
export type Access = { readonly open: true } | { readonly role: Role };

/** As the OpenAPI document calls the header `X-API-Key`. */
const API_KEY = 'api_key';

/** The least role that may call the route. A route that declares neither this nor `OpenToAll` is refused to everybody. */
export const RequireRole = (role: Role): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(ACCESS, { role } satisfies Access), ApiBearerAuth(), ApiSecurity(API_KEY), ApiProblems(401, 403));

/** No token is asked for. */
export const OpenToAll = (): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, { open: true } satisfies Access);
