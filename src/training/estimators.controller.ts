import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../auth/access.decorator.js';
import { listEstimators } from '../estimators/estimators.service.js';
import { type Page, PageQuery } from '../http/page.schema.js';
import { ApiProblems } from '../http/problem.schema.js';
import { type EstimatorItem, EstimatorPage, toEstimatorItem } from './estimator.schema.js';

@ApiTags('training')
@Controller('api/v1/estimators')
export class EstimatorsController {
  @Get()
  @RequireRole('viewer')
  @ApiOperation({ summary: 'What can be trained: estimators with their parameters, the recommended first' })
  @ApiOkResponse({ standardSchema: EstimatorPage })
  @ApiProblems(400)
  list(@Query({ schema: PageQuery }) { limit, offset }: PageQuery): Page<EstimatorItem> {
    const all = listEstimators();
    return { items: all.slice(offset, offset + limit).map(toEstimatorItem), total: all.length };
  }
}
