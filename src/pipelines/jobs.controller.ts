import type { IncomingHttpHeaders } from 'node:http';
import { Controller, Get, Headers, HttpCode, Param, Post, Query, type StreamableFile } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../auth/access.decorator.js';
import type { Page } from '../http/page.schema.js';
import { ApiProblems } from '../http/problem.schema.js';
import { JobHistory } from './history/job-history.js';
import { LogRoute } from './history/log-route.decorator.js';
import { RunLogReply } from './history/run-log-reply.js';
import { Job, JobLogQuery, JobPage, JobQuery, JobSummary } from './job.schema.js';
import { JobId, JobStarted } from './job.types.js';
import { JobsService } from './jobs.service.js';
import { RunLogLine } from './run.schema.js';

@ApiTags('jobs')
@Controller('api/v1/jobs')
export class JobsController {
  constructor(
    private readonly jobs: JobsService,
    private readonly history: JobHistory,
    private readonly logReply: RunLogReply,
  ) {}

  @Get()
  @RequireRole('viewer')
  @ApiOperation({ summary: 'The jobs, newest first' })
  @ApiOkResponse({ standardSchema: JobPage })
  @ApiProblems(400)
  list(@Query({ schema: JobQuery }) query: JobQuery): Promise<Page<JobSummary>> {
    return this.history.list(query);
  }

  @Get(':id')
  @RequireRole('viewer')
  @ApiOperation({ summary: 'One job: how far it is, and what came of it' })
  @ApiOkResponse({ standardSchema: Job })
  @ApiProblems(400, 404)
  find(@Param('id', { schema: JobId }) id: string): Promise<Job> {
    return this.history.find(id);
  }

  @LogRoute()
  async logs(
    @Param('id', { schema: JobId }) id: string,
    @Query({ schema: JobLogQuery }) query: JobLogQuery,
    @Headers() headers: IncomingHttpHeaders,
  ): Promise<Page<RunLogLine> | StreamableFile> {
    await this.history.jobOf(id);
    return this.logReply.of(id, query, headers);
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Stop it',
    description: 'A job that waits is cancelled at once, one under way as soon as its work has stopped.',
  })
  @ApiAcceptedResponse({ standardSchema: JobStarted })
  @ApiProblems(400, 404, 409)
  cancel(@Param('id', { schema: JobId }) id: string): Promise<JobStarted> {
    return this.jobs.cancel(id);
  }
}
