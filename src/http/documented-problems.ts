import { isDeepStrictEqual } from 'node:util';
import type { OpenAPIObject } from '@nestjs/swagger';
import { MEANINGS, PROBLEM_TYPE } from './problem.schema.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type Content = NonNullable<Exclude<Operation['requestBody'], { $ref: string } | undefined>['content']>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'] as const;
const PROBLEM = { $ref: '#/components/schemas/Problem' };

const problems = (...statuses: number[]): Operation['responses'] =>
  Object.fromEntries(
    statuses.map((status) => [status, { description: MEANINGS[status], content: { [PROBLEM_TYPE]: { schema: PROBLEM } } }]),
  );
/** What a body may be refused for before any room has seen it. */
const OF_EVERY_BODY = problems(413, 415);
/** Who the caller is stands in the database. */
const OF_EVERY_TOKEN = problems(503);

/** Gives failures the media type that they have, and each route the failures that it shares with its like. */
export function withProblems(document: OpenAPIObject): OpenAPIObject {
  for (const operation of Object.values(document.paths).flatMap(operationsOf)) {
    if (operation.requestBody) operation.responses = { ...OF_EVERY_BODY, ...operation.responses };
    if (operation.security) operation.responses = { ...OF_EVERY_TOKEN, ...operation.responses };
    for (const response of Object.values(operation.responses)) {
      if (response && 'content' in response && response.content) response.content = typed(response.content);
    }
  }
  return document;
}

const operationsOf = (path: PathItem): Operation[] => METHODS.flatMap((method) => path[method] ?? []);

const typed = (content: Content): Content =>
  Object.fromEntries(
    Object.entries(content).map(([type, media]) => [isDeepStrictEqual(media.schema, PROBLEM) ? PROBLEM_TYPE : type, media]),
  );
