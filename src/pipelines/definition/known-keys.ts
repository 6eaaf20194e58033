import { z } from 'zod';

/** @returns the end of a sentence about a key that nobody knows */
export const allowedKeys = (shape: object): string => `. Allowed are ${Object.keys(shape).join(', ')}`;

/** An object that tells which keys it knows when it meets another. */
export function known<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `there is no ${(issue.keys ?? []).map((key) => `"${key}"`).join(' or ')}${allowedKeys(shape)}`
        : undefined,
  });
}
