import '../errors/plain-words.js';
import { type Document, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';

/** Something wrong in a YAML text, in words that its author can act on. */
export interface YamlProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** @param path of keys and positions @returns the line of the value there, or of what is nearest to it, from 1 */
export type LineOf = (path: readonly PropertyKey[]) => number;

export type YamlResult<T> =
  | { readonly ok: true; readonly value: T; readonly lineOf: LineOf }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

/**
 * Parses YAML and holds it against a schema.
 * @param firstLine line on which the text begins, where it is part of a larger file
 * @returns the value, or everything that is wrong, each with its line
 */
export function parseYaml<S extends z.ZodType>(text: string, schema: S, firstLine = 1): YamlResult<z.output<S>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number): number => firstLine + Math.max(lines.linePos(offset).line, 1) - 1;
  const lineOf: LineOf = (path) => lineAt(offsetOf(document, path));
  if (document.errors.length > 0) {
    return { ok: false, problems: document.errors.map(({ message, pos }) => ({ line: lineAt(pos[0]), message })) };
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // Aliases: to nothing, or to so much that they were made to fill the memory.
    return { ok: false, problems: [{ line: firstLine, message: (error as Error).message }] };
  }
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return { ok: true, value: parsed.data, lineOf };
  return {
    ok: false,
    problems: parsed.error.issues
      .flatMap((issue) => pinpoint(issue, value))
      .map((issue) => ({
        line: lineOf(faultyPath(issue)),
        message: [issue.path.join('.'), issue.message].filter(Boolean).join(': '),
      })),
  };
}

/**
 * Where a value could have been one of several things: what is wrong with the only one whose keys it has. Of a key: what is
 * wrong with it.
 */
function pinpoint(issue: z.core.$ZodIssue, root: unknown): z.core.$ZodIssue[] {
  if (issue.code === 'invalid_key') return issue.issues.map((fault) => ({ ...fault, path: issue.path }));
  if (issue.code !== 'invalid_union') return [issue];
  const value = issue.path.reduce((parent, key) => (parent as Record<PropertyKey, unknown>)[key], root);
  const lacks = ({ path }: z.core.$ZodIssue): boolean => path.length === 1 && !hasKey(value, path[0]);
  const meant = issue.errors.filter((faults) => !faults.some(lacks));
  if (meant.length !== 1) return [issue];
  return meant[0].flatMap((fault) => pinpoint({ ...fault, path: [...issue.path, ...fault.path] }, root));
}

const hasKey = (value: unknown, key: PropertyKey): boolean => typeof value === 'object' && value !== null && key in value;

/** An unknown key is the fault of that key, not of the object that it stands in. */
const faultyPath = (issue: z.core.$ZodIssue): PropertyKey[] =>
  issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]] : issue.path;

/** Where the innermost part of the document stands that exists on the path. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const key = keyOffset(document, path.slice(0, length));
    if (key !== undefined) return key;
  }
  return 0;
}

function keyOffset(document: Document, path: readonly PropertyKey[]): number | undefined {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (!isCollection(parent)) return undefined;
  for (const [index, item] of parent.items.entries()) {
    const isPair = typeof item === 'object' && item !== null && 'key' in item;
    const node: unknown = isPair ? item.key : item;
    const matches = isPair ? String(node) === String(last) : index === last;
    if (matches && hasRange(node)) return node.range[0];
  }
  return undefined;
}

const isCollection = (node: unknown): node is { items: unknown[] } =>
  typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items);

const hasRange = (node: unknown): node is { range: [number, number, number] } =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
