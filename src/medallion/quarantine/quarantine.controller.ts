import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../../auth/access.decorator.js';
import type { Page } from '../../http/page.schema.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { JobStarted } from '../../pipelines/job.types.js';
import { QuarantineItem, QuarantinePage, QuarantineQuery } from './quarantine.schema.js';
import { QuarantineListing } from './quarantine-listing.js';
import { ReplayOptions, ReplayService } from './replay.service.js';

@ApiTags('quarantine')
@Controller('api/v1/quarantine')
@RequireRole('viewer')
export class QuarantineController {
  constructor(
    private readonly listing: QuarantineListing,
    private readonly replays: ReplayService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The rows that were kept back, newest first, with the rules that they broke' })
  @ApiOkResponse({ standardSchema: QuarantinePage })
  @ApiProblems(400)
  list(@Query({ schema: QuarantineQuery }) query: QuarantineQuery): Promise<Page<QuarantineItem>> {
    return this.listing.list(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One row that was kept back' })
  @ApiParam({ name: 'id', example: '0cc175b9-c0f1-b6a8-31c3-99e269772661' })
  @ApiOkResponse({ standardSchema: QuarantineItem })
  @ApiProblems(404)
  find(@Param('id') id: string): Promise<QuarantineItem> {
    return this.listing.find(id);
  }

  @Post('replay')
  @HttpCode(202)
  @RequireRole('engineer')
  @ApiOperation({ summary: 'Take rows back, mended or as they are, each once; the job says how many were refused again' })
  @ApiAcceptedResponse({ standardSchema: JobStarted })
  @ApiProblems(400, 404, 409, 422, 429)
  replay(@Body({ schema: ReplayOptions }) options: ReplayOptions): Promise<JobStarted> {
    return this.replays.start(options);
  }
}
