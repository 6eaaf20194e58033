import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../../auth/access.decorator.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { Lineage } from './lineage.schema.js';
import { LineageService } from './lineage.service.js';

@ApiTags('data')
@Controller('api/v1/datasets')
@RequireRole('viewer')
export class LineageController {
  constructor(private readonly lineage: LineageService) {}

  @Get(':name/lineage')
  @ApiOperation({ summary: 'What a table was made from and what was made from it, from the file to the version of a model' })
  @ApiParam({ name: 'name', description: 'Layer and table', example: 'gold.routes' })
  @ApiOkResponse({ standardSchema: Lineage })
  @ApiProblems(404)
  find(@Param('name') name: string): Promise<Lineage> {
    return this.lineage.of(name);
  }
}
