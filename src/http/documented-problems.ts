import { isDeepStrictEqual } from 'node:util';
import type { OpenAPIObject } from '@nestjs/swagger';
import { MEANINGS, PROBLEM_TYPE } from './problem.schema.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type Content = NonNullable<Exclude<Operation['requestBody'], { $ref: string } | undefined>['content']>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'] as const;
const PROBLEM = { $ref: '#/components/schemas/Problem' };

/** What a body may be refused for before any room has seen it. */
const OF_EVERY_BODY = Object.fromEntries(
  [413, 415].map((status) => [status, { description: MEANINGS[status], content: { [PROBLEM_TYPE]: { schema: PROBLEM } } }]),
);

/** Gives failures the media type that they have, and every route with a body the failures that all bodies share. */
export function withProblems(document: OpenAPIObject): OpenAPIObject {
  for (const operation of Object.values(document.paths).flatMap(operationsOf)) {
    if (operation.requestBody) operation.responses = { ...OF_EVERY_BODY, ...operation.responses };
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
