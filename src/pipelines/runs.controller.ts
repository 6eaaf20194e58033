import type { IncomingHttpHeaders } from 'node:http';
import { Controller, Get, Headers, HttpCode, Param, Post, Query, type StreamableFile } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../auth/access.decorator.js';
import type { Page } from '../http/page.schema.js';
import { ApiProblems } from '../http/problem.schema.js';
import { LogRoute } from './history/log-route.decorator.js';
import { RunHistory } from './history/run-history.js';
import { RunLogReply } from './history/run-log-reply.js';
import { PipelinesService } from './pipelines.service.js';
import { acceptedRun, Run, RunAccepted, RunId, RunLogLine, RunLogQuery } from './run.schema.js';

@ApiTags('pipelines')
@Controller('api/v1/runs')
export class RunsController {
  constructor(
    private readonly pipelines: PipelinesService,
    private readonly history: RunHistory,
    private readonly logReply: RunLogReply,
  ) {}

  @Get(':id')
  @RequireRole('viewer')
  @ApiOperation({ summary: 'One run with its tasks' })
  @ApiOkResponse({ standardSchema: Run })
  @ApiProblems(400, 404)
  find(@Param('id', { schema: RunId }) id: string): Promise<Run> {
    return this.history.find(id);
  }

  @LogRoute()
  async logs(
    @Param('id', { schema: RunId }) id: string,
    @Query({ schema: RunLogQuery }) query: RunLogQuery,
    @Headers() headers: IncomingHttpHeaders,
  ): Promise<Page<RunLogLine> | StreamableFile> {
    await this.history.runOf(id);
    return this.logReply.of(id, query, headers);
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Stop it',
    description: 'A run that waits is cancelled at once, one under way as soon as its tasks have stopped.',
  })
  @ApiAcceptedResponse({ standardSchema: RunAccepted })
  @ApiProblems(400, 404, 409)
  async cancel(@Param('id', { schema: RunId }) id: string): Promise<RunAccepted> {
    return acceptedRun(await this.pipelines.cancel(id));
  }

  @Post(':id/retry')
  @HttpCode(202)
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Take a failed or cancelled run up again',
    description: 'Tasks that were done stay done, the others run again as the pipeline is declared now.',
  })
  @ApiAcceptedResponse({ standardSchema: RunAccepted })
  @ApiProblems(400, 404, 409, 422)
  async retry(@Param('id', { schema: RunId }) id: string): Promise<RunAccepted> {
    return acceptedRun(await this.pipelines.retry(id));
  }
}
