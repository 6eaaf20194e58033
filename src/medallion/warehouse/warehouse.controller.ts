import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../../auth/access.decorator.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { JobStarted } from '../../pipelines/job.types.js';
import { JobsService } from '../../pipelines/jobs.service.js';
import { PublishOptions, Warehouse } from './warehouse.schema.js';
import { WarehouseService } from './warehouse.service.js';

@ApiTags('warehouse')
@Controller('api/v1/warehouse')
@RequireRole('viewer')
export class WarehouseController {
  constructor(
    private readonly warehouse: WarehouseService,
    private readonly jobs: JobsService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Where BI tools find the published tables, and which version each has' })
  @ApiOkResponse({ standardSchema: Warehouse })
  describe(): Promise<Warehouse> {
    return this.warehouse.describe();
  }

  @Post('publish')
  @HttpCode(202)
  @RequireRole('engineer')
  @ApiOperation({ summary: 'Bring the newest versions to the warehouse; builds do so by themselves' })
  @ApiAcceptedResponse({ standardSchema: JobStarted })
  @ApiProblems(400, 404, 422, 429)
  async publish(@Body({ schema: PublishOptions }) options: PublishOptions): Promise<JobStarted> {
    await this.warehouse.mustBeDeclared(options.datasets);
    return this.jobs.start('medallion.publish', options);
  }
}
