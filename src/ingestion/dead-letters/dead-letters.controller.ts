import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../../auth/access.decorator.js';
import type { Page } from '../../http/page.schema.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { JobStarted } from '../../pipelines/job.types.js';
import { type DeadLetterItem, DeadLetterPage, DeadLetterQuery, LetterReplayRequest } from './dead-letter.schema.js';
import { LetterListing } from './letter-listing.js';

const NAMED = ApiParam({ name: 'name', example: 'readings' });

@ApiTags('streams')
@Controller('api/v1/topics/:name/dead-letters')
export class DeadLettersController {
  constructor(private readonly listing: LetterListing) {}

  @Get()
  @RequireRole('viewer')
  @ApiOperation({ summary: 'Messages that somebody could not take, newest first, and why' })
  @NAMED
  @ApiOkResponse({ standardSchema: DeadLetterPage })
  @ApiProblems(400, 404)
  list(@Param('name') name: string, @Query({ schema: DeadLetterQuery }) query: DeadLetterQuery): Promise<Page<DeadLetterItem>> {
    return this.listing.list(name, query);
  }

  @Post('replay')
  @HttpCode(202)
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Append them to their topic again, each once',
    description:
      'All readers of the topic get them. The result of the job is `{rows, refused, gone, skipped}`: those that still do not fit the schema stay, and retention may have taken some.',
  })
  @NAMED
  @ApiAcceptedResponse({ standardSchema: JobStarted })
  @ApiProblems(400, 404, 429)
  replay(@Param('name') name: string, @Body({ schema: LetterReplayRequest }) request: LetterReplayRequest): Promise<JobStarted> {
    return this.listing.replay(name, request);
  }
}
