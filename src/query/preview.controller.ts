import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../auth/access.decorator.js';
import { ApiProblems } from '../http/problem.schema.js';
import { Preview, PreviewQuery } from './preview.schema.js';
import { PreviewService } from './preview.service.js';

@ApiTags('data')
@Controller('api/v1/datasets')
@RequireRole('viewer')
export class PreviewController {
  constructor(private readonly previews: PreviewService) {}

  @Get(':name/preview')
  @ApiOperation({ summary: 'The first rows of a table, as of any version' })
  @ApiParam({ name: 'name', description: 'Layer and table', example: 'gold.routes' })
  @ApiOkResponse({ standardSchema: Preview })
  @ApiProblems(400, 404, 410, 422)
  preview(@Param('name') name: string, @Query({ schema: PreviewQuery }) query: PreviewQuery): Promise<Preview> {
    return this.previews.preview(name, query);
  }
}
