import { z } from 'zod';
import type { ParameterProblem } from './estimators.errors.js';

/** One sentence for each wrong parameter, with what it may be. */
export function parameterProblems(params: z.ZodObject, error: z.ZodError): ParameterProblem[] {
  const wrong = new Set(
    error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : issue.path.slice(0, 1).map(String),
    ),
  );
  if (wrong.size === 0) return [{ path: '', message: 'they are no object of parameters by name' }];
  return [...wrong].map((name) => ({
    path: name,
    message: params.shape[name] ? `it has to be ${allowed(params.shape[name])}` : unknown(params),
  }));
}

function unknown(params: z.ZodObject): string {
  const names = Object.keys(params.shape);
  return names.length > 0 ? `there is no such parameter, but ${names.join(', ')}` : 'there is no such parameter, it takes none';
}

const allowed = (parameter: z.core.$ZodType): string => describe(z.toJSONSchema(parameter, { io: 'input' }));

/** The few forms that parameters have, in words: `an integer from 1 to 2000`. */
function describe(schema: z.core.JSONSchema.BaseSchema): string {
  if (schema.anyOf) return schema.anyOf.map((option) => describe(option)).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((option) => JSON.stringify(option)).join(' or ');
  if (schema.type === 'object') {
    return `an object whose values are each ${describe(schema.additionalProperties as z.core.JSONSchema.BaseSchema)}`;
  }
  const noun = schema.type === 'integer' ? 'an integer' : `a ${schema.type}`;
  const lowest =
    schema.exclusiveMinimum !== undefined
      ? ` above ${schema.exclusiveMinimum}`
      : schema.minimum !== undefined
        ? ` from ${schema.minimum}`
        : '';
  return `${noun}${lowest}${schema.maximum !== undefined ? ` to ${schema.maximum}` : ''}`;
}
