import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../../auth/access.decorator.js';
import { type Page, PageQuery } from '../../http/page.schema.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { JobStarted } from '../../pipelines/job.types.js';
import { JobsService } from '../../pipelines/jobs.service.js';
import { BuildOptions } from '../building/build-options.js';
import { ModelTestReport, ModelTestRequest } from '../testing/model-test.schema.js';
import { ModelTestsService } from '../testing/model-tests.service.js';
import { Plan } from './plan.schema.js';
import { PlanService } from './plan.service.js';
import { PlanQuery, Transform, type TransformItem, TransformPage } from './transform.schema.js';
import { TransformListing } from './transform-listing.js';

@ApiTags('transforms')
@Controller('api/v1/transforms')
@RequireRole('viewer')
export class TransformsController {
  constructor(
    private readonly listing: TransformListing,
    private readonly plans: PlanService,
    private readonly tests: ModelTestsService,
    private readonly jobs: JobsService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The SQL models of the workspace, in the order in which they are built' })
  @ApiOkResponse({ standardSchema: TransformPage })
  @ApiProblems(400)
  list(@Query({ schema: PageQuery }) query: PageQuery): Page<TransformItem> {
    return this.listing.list(query);
  }

  @Get('plan')
  @ApiOperation({ summary: 'What a build would do now and why; touches no data' })
  @ApiOkResponse({ standardSchema: Plan })
  @ApiProblems(400, 404, 422)
  planOf(@Query({ schema: PlanQuery }) { models }: PlanQuery): Promise<Plan> {
    return this.plans.plan(BuildOptions.parse(models ? { models: models.split(',') } : {}));
  }

  @Post('plan')
  @HttpCode(200)
  @ApiOperation({ summary: 'What a build with these options would do now and why; touches no data' })
  @ApiOkResponse({ standardSchema: Plan })
  @ApiProblems(400, 404, 422)
  plan(@Body({ schema: BuildOptions }) options: BuildOptions): Promise<Plan> {
    return this.plans.plan(options);
  }

  @Post('test')
  @HttpCode(200)
  @RequireRole('analyst')
  @ApiOperation({ summary: 'Hold the models against the tests of the workspace: rows in, rows out; reads no table' })
  @ApiOkResponse({ standardSchema: ModelTestReport })
  @ApiProblems(400, 404, 422)
  test(@Body({ schema: ModelTestRequest }) request: ModelTestRequest): Promise<ModelTestReport> {
    return this.tests.run(request);
  }

  @Post('build')
  @HttpCode(202)
  @RequireRole('engineer')
  @ApiOperation({ summary: 'Build models, or a range of their intervals again; what is done already is not done twice' })
  @ApiAcceptedResponse({ standardSchema: JobStarted })
  @ApiProblems(400, 404, 422, 429)
  async build(@Body({ schema: BuildOptions }) options: BuildOptions): Promise<JobStarted> {
    await this.plans.plan(options);
    return this.jobs.start('medallion.build', options);
  }

  @Get(':name')
  @ApiOperation({ summary: 'One SQL model, with what of it is built' })
  @ApiParam({ name: 'name', example: 'gold.routes' })
  @ApiOkResponse({ standardSchema: Transform })
  @ApiProblems(404)
  find(@Param('name') name: string): Promise<Transform> {
    return this.listing.find(name);
  }
}
