import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../../../auth/access.decorator.js';
import { ApiProblems } from '../../../http/problem.schema.js';
import { LoopSwitch } from '../loop-switch.js';
import { Evaluation, EvaluationQuery } from './evaluation.schema.js';
import { EvaluationReport } from './evaluation-report.js';

@ApiTags('learning loop')
@Controller('api/v1/streams/loop')
@UseGuards(LoopSwitch)
export class EvaluationController {
  constructor(private readonly report: EvaluationReport) {}

  @Get('evaluation')
  @RequireRole('viewer')
  @ApiOperation({
    summary: 'How wrong the predictions of the learning loop were',
    description:
      'Each person is predicted before a model has learnt from them (prequential evaluation): by minutes, by bands of age, and one by one for plots.',
  })
  @ApiOkResponse({ standardSchema: Evaluation })
  @ApiProblems(400, 503)
  evaluate(@Query({ schema: EvaluationQuery }) query: EvaluationQuery): Promise<Evaluation> {
    return this.report.make(query);
  }
}
