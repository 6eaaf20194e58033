import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../auth/access.decorator.js';
import { type Page, PageQuery } from '../http/page.schema.js';
import { ApiProblems } from '../http/problem.schema.js';
import { Source, SourcePage } from './source.schema.js';
import { SourcesService } from './sources.service.js';

@ApiTags('data')
@Controller('api/v1/sources')
@RequireRole('viewer')
export class EtlController {
  constructor(private readonly sources: SourcesService) {}

  @Get()
  @ApiOperation({ summary: 'List the declared sources' })
  @ApiOkResponse({ standardSchema: SourcePage })
  @ApiProblems(400)
  list(@Query({ schema: PageQuery }) query: PageQuery): Page<Source> {
    return this.sources.list(query);
  }

  @Get(':name')
  @ApiOperation({ summary: 'One declared source' })
  @ApiParam({ name: 'name', example: 'flights' })
  @ApiOkResponse({ standardSchema: Source })
  @ApiProblems(404)
  find(@Param('name') name: string): Source {
    return this.sources.find(name);
  }
}
