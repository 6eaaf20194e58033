import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../auth/access.decorator.js';
import { type Page, PageQuery } from '../http/page.schema.js';
import { ApiProblems } from '../http/problem.schema.js';
import { RunHistory } from './history/run-history.js';
import { PipelineOverview } from './pipeline-overview.js';
import { NewRun, PipelineDetail, PipelinePage, PipelineSummary, PipelineSwitch } from './pipeline-view.schema.js';
import { PipelinesService } from './pipelines.service.js';
import { acceptedRun, RunAccepted, RunPage, RunQuery, RunSummary } from './run.schema.js';
import { PipelineSchedule } from './schedule/pipeline-schedule.js';

const NAMED = ApiParam({ name: 'name', example: 'flights' });

@ApiTags('pipelines')
@Controller('api/v1/pipelines')
export class PipelinesController {
  constructor(
    private readonly overview: PipelineOverview,
    private readonly pipelines: PipelinesService,
    private readonly history: RunHistory,
    private readonly schedule: PipelineSchedule,
  ) {}

  @Get()
  @RequireRole('viewer')
  @ApiOperation({ summary: 'List the pipelines' })
  @ApiOkResponse({ standardSchema: PipelinePage })
  @ApiProblems(400)
  list(@Query({ schema: PageQuery }) query: PageQuery): Promise<Page<PipelineSummary>> {
    return this.overview.list(query);
  }

  @Get(':name')
  @RequireRole('viewer')
  @ApiOperation({ summary: 'One pipeline with its tasks' })
  @NAMED
  @ApiOkResponse({ standardSchema: PipelineDetail })
  @ApiProblems(404)
  find(@Param('name') name: string): Promise<PipelineDetail> {
    return this.overview.find(name);
  }

  @Get(':name/runs')
  @RequireRole('viewer')
  @ApiOperation({ summary: 'Its runs, newest first' })
  @NAMED
  @ApiOkResponse({ standardSchema: RunPage })
  @ApiProblems(400, 404)
  async runs(@Param('name') name: string, @Query({ schema: RunQuery }) query: RunQuery): Promise<Page<RunSummary>> {
    await this.overview.find(name);
    return this.history.list(name, query);
  }

  @Post(':name/runs')
  @HttpCode(202)
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Run it now',
    description: 'While as many runs of it are under way as its concurrency allows, the new one waits for them.',
  })
  @NAMED
  @ApiAcceptedResponse({ standardSchema: RunAccepted })
  @ApiProblems(400, 404, 422, 429)
  async trigger(@Param('name') name: string, @Body({ schema: NewRun }) { params }: NewRun): Promise<RunAccepted> {
    return acceptedRun(await this.pipelines.trigger(name, { trigger: 'manual', params }));
  }

  @Put(':name/enabled')
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Let it run by itself, or not',
    description: 'By its schedule and at start-up; it can be run by hand either way.',
  })
  @NAMED
  @ApiOkResponse({ standardSchema: PipelineDetail })
  @ApiProblems(400, 404)
  async enable(
    @Param('name') name: string,
    @Body({ schema: PipelineSwitch }) { enabled }: PipelineSwitch,
  ): Promise<PipelineDetail> {
    await this.schedule.setEnabled(name, enabled);
    return this.overview.find(name);
  }
}
