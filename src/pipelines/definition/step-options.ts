import { z } from 'zod';
import { allowedKeys } from './known-keys.js';

export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Holds the `with:` of a step against what its task takes. */
export function problemsOfOptions(schema: z.ZodType, options: unknown): Problem[] {
  const issues = schema.safeParse(options).error?.issues ?? [];
  return issues.flatMap((issue): Problem[] => {
    if (issue.code !== 'unrecognized_keys') return [issue];
    const allowed = issue.path.length === 0 && schema instanceof z.ZodObject ? allowedKeys(schema.shape) : '';
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: `there is no such option${allowed}` }));
  });
}
