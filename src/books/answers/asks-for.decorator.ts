import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { z, type ZodType } from 'zod';
import type { Question } from './question.js';

type SchemaObject = Extract<Parameters<typeof ApiQuery>[0], { schema: unknown }>['schema'];

/** Documents what a route may be asked, as `@Query({ schema })` does. */
export function AsksFor<Query>({ schema }: Question<Query>): MethodDecorator {
  const { properties = {}, required = [] } = z.toJSONSchema(schema as ZodType, { target: 'openapi-3.0', io: 'input' });
  const parameters = Object.entries(properties).map(([name, property]) =>
    ApiQuery({
      name,
      required: required.includes(name),
      description: (property as { description?: string }).description,
      schema: property as SchemaObject,
    }),
  );
  return applyDecorators(...parameters);
}
