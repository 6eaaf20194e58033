import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../auth/access.decorator.js';
import { type Page, PageQuery } from '../http/page.schema.js';
import { ApiProblems } from '../http/problem.schema.js';
import { CatalogService } from './catalog.service.js';
import {
  Dataset,
  type DatasetItem,
  DatasetPage,
  DatasetQuery,
  type DatasetVersion,
  DatasetVersionPage,
  QualityPage,
  QualityQuery,
  type QualityResult,
  type SchemaChangeItem,
  SchemaChangePage,
} from './dataset.schema.js';

const NAME = { name: 'name', description: 'Layer and table', example: 'gold.routes' };

@ApiTags('data')
@Controller('api/v1/datasets')
@RequireRole('viewer')
export class CatalogController {
  constructor(private readonly catalog: CatalogService) {}

  @Get()
  @ApiOperation({ summary: 'List the tables of the lake' })
  @ApiOkResponse({ standardSchema: DatasetPage })
  @ApiProblems(400)
  list(@Query({ schema: DatasetQuery }) query: DatasetQuery): Promise<Page<DatasetItem>> {
    return this.catalog.list(query);
  }

  @Get(':name')
  @ApiOperation({ summary: 'One table with its columns' })
  @ApiParam(NAME)
  @ApiOkResponse({ standardSchema: Dataset })
  @ApiProblems(404)
  find(@Param('name') name: string): Promise<Dataset> {
    return this.catalog.find(name);
  }

  @Get(':name/versions')
  @ApiOperation({ summary: 'The versions of a table, newest first, each with what it was made from' })
  @ApiParam(NAME)
  @ApiOkResponse({ standardSchema: DatasetVersionPage })
  @ApiProblems(400, 404)
  versions(@Param('name') name: string, @Query({ schema: PageQuery }) query: PageQuery): Promise<Page<DatasetVersion>> {
    return this.catalog.versions(name, query);
  }

  @Get(':name/quality')
  @ApiOperation({ summary: 'What the expectations of a table found, newest first, also in builds that they stopped' })
  @ApiParam(NAME)
  @ApiOkResponse({ standardSchema: QualityPage })
  @ApiProblems(400, 404)
  quality(@Param('name') name: string, @Query({ schema: QualityQuery }) query: QualityQuery): Promise<Page<QualityResult>> {
    return this.catalog.quality(name, query);
  }

  @Get(':name/schema-changes')
  @ApiOperation({ summary: 'How the columns of a table, or of what was loaded into it, changed, newest first' })
  @ApiParam(NAME)
  @ApiOkResponse({ standardSchema: SchemaChangePage })
  @ApiProblems(400, 404)
  schemaChanges(@Param('name') name: string, @Query({ schema: PageQuery }) query: PageQuery): Promise<Page<SchemaChangeItem>> {
    return this.catalog.schemaChanges(name, query);
  }
}
