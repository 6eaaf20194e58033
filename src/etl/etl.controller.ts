import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  type ApiBodyOptions,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { RequireRole } from '../auth/access.decorator.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { type Page, PageQuery } from '../http/page.schema.js';
import { ApiProblems } from '../http/problem.schema.js';
import { JobStarted } from '../pipelines/job.types.js';
import { LOAD_EXAMPLES, LoadRequest } from './load.schema.js';
import { LoadRequestsService } from './load-requests.service.js';
import { Source, SourceDetail, SourcePage } from './source.schema.js';
import { SourceHistory } from './source-history.js';

const NAMED = ApiParam({ name: 'name', example: 'airports' });

@ApiTags('data')
@Controller('api/v1/sources')
export class EtlController {
  constructor(
    private readonly history: SourceHistory,
    private readonly loads: LoadRequestsService,
  ) {}

  @Get()
  @RequireRole('viewer')
  @ApiOperation({ summary: 'List the declared sources' })
  @ApiOkResponse({ standardSchema: SourcePage })
  @ApiProblems(400)
  list(@Query({ schema: PageQuery }) query: PageQuery): Promise<Page<Source>> {
    return this.history.list(query);
  }

  @Get(':name')
  @RequireRole('viewer')
  @ApiOperation({ summary: 'One declared source, how its files are read, and its last loads' })
  @NAMED
  @ApiOkResponse({ standardSchema: SourceDetail })
  @ApiProblems(404)
  find(@Param('name') name: string): Promise<SourceDetail> {
    return this.history.find(name);
  }

  @Post(':name/load')
  @HttpCode(202)
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Load it into bronze',
    description:
      'From where it is declared (no body, or `{}`), from one file (`multipart/form-data`; it may be compressed with gzip or zstd) or from `{"rows": [...]}`. A file or rows are kept before this answers. The result of the job is `{batch, dataset, version, rows, rejected, skipped, reason?}`; bytes that were loaded before are skipped.',
  })
  @NAMED
  @ApiConsumes('application/json', 'multipart/form-data')
  // The type of ApiBody does not have `standardSchema`; what reads it does.
  @ApiBody({ required: false, standardSchema: LoadRequest, examples: LOAD_EXAMPLES } as ApiBodyOptions)
  @ApiAcceptedResponse({ standardSchema: JobStarted })
  @ApiProblems(400, 404, 429)
  async load(@Param('name') name: string, @Req() request: FastifyRequest, @Body() body: unknown): Promise<JobStarted> {
    if (request.isMultipart()) return this.loads.ofForm(name, request);
    const parsed = LoadRequest.safeParse(body ?? {});
    if (!parsed.success) throw new InvalidInputError(parsed.error.issues);
    return parsed.data.rows ? this.loads.ofRows(name, parsed.data.rows) : this.loads.ofDeclared(name);
  }
}
