import { isDeepStrictEqual } from 'node:util';
import type { FieldProblem } from '../../errors/lab-error.js';
import type { JsonSchema } from '../topic.types.js';

/** They say nothing of what fits. */
const ANNOTATIONS: readonly string[] = [
  ...['title', 'description', 'default', 'example', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
  ...['$comment', '$schema', '$id'],
];

const isObject = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What of the new schema is more than optional fields that the old one does not have. */
export function beyondGrowth(before: unknown, after: unknown, path: readonly string[] = []): FieldProblem[] {
  if (!isObject(before) || !isObject(after)) return isDeepStrictEqual(before, after) ? [] : [at(path, 'has changed')];
  const keywords = new Set([...Object.keys(before), ...Object.keys(after)].filter((keyword) => !ANNOTATIONS.includes(keyword)));
  return [...keywords].flatMap((keyword) => {
    const [old, next] = [before[keyword], after[keyword]];
    const here = [...path, keyword];
    switch (keyword) {
      case 'properties':
        return namedGrowth(old ?? {}, next ?? {}, here);
      case '$defs':
        return namedGrowth(old ?? {}, next ?? {}, here);
      case 'items':
        return beyondGrowth(old, next, here);
      case 'required':
        return sameNames(old, next) ? [] : [at(here, 'has changed: required fields stay as they are')];
      default:
        return isDeepStrictEqual(old, next) ? [] : [at(here, 'has changed')];
    }
  });
}

/** Names may come, none may go. */
function namedGrowth(before: unknown, after: unknown, path: readonly string[]): FieldProblem[] {
  if (!isObject(before) || !isObject(after)) return [at(path, 'has changed')];
  return Object.entries(before).flatMap(([name, schema]) =>
    name in after ? beyondGrowth(schema, after[name], [...path, name]) : [at([...path, name], 'is missing')],
  );
}

const sameNames = (before: unknown, after: unknown): boolean =>
  isDeepStrictEqual(new Set(namesOf(before)), new Set(namesOf(after)));

const namesOf = (names: unknown): readonly unknown[] => (Array.isArray(names) ? names : []);

const at = (path: readonly string[], message: string): FieldProblem => ({ path: ['schema', ...path].join('.'), message });
