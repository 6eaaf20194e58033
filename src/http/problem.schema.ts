import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

/** An error as every route tells it: problem JSON (RFC 9457), with `message` for older clients. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().meta({ description: 'Stable and upper snake case', example: 'MODEL_NOT_FOUND' }),
    instance: z.string(),
    request_id: z.string(),
    message: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

export const MEANINGS: Readonly<Record<number, string>> = {
  400: 'The request breaks its schema; `errors` names each field',
  401: 'No valid token',
  403: 'The role does not allow it',
  404: 'There is no such thing',
  408: 'It took longer than it may',
  409: 'It stands against the present state',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'Well-formed, but it cannot be done',
  429: 'Too many requests; `Retry-After` says when to come back',
  503: 'Away for the moment',
};

export const PROBLEM_TYPE = 'application/problem+json';

/** Documents the failures that a route may answer with. */
export const ApiProblems = (...statuses: number[]): MethodDecorator & ClassDecorator =>
  applyDecorators(...statuses.map((status) => ApiResponse({ status, description: MEANINGS[status], standardSchema: Problem })));
