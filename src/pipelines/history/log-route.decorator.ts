import { applyDecorators, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { RequireRole } from '../../auth/access.decorator.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { RunLogPage } from '../run.schema.js';

/** The log of what the path names: a page of it, or its lines as they come. */
export const LogRoute = (): MethodDecorator =>
  applyDecorators(
    Get(':id/logs'),
    RequireRole('viewer'),
    ApiOperation({
      summary: 'What it wrote, oldest line first',
      description:
        'With `Accept: text/event-stream` the lines come as they are written, as events `log` and at last `end`; `Last-Event-ID` goes on after a line.',
    }),
    ApiOkResponse({ standardSchema: RunLogPage }),
    ApiProblems(400, 404),
  );
