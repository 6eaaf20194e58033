import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, type ApiBodyOptions, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../../auth/access.decorator.js';
import type { Caller } from '../../auth/caller.types.js';
import { CurrentUser } from '../../auth/current-user.decorator.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { ApiProblems } from '../../http/problem.schema.js';
import type { KeptPredictionEntity } from './kept-prediction.entity.js';
import { KeptPredictions } from './kept-predictions.js';
import { KeptPrediction, KeptPredictionAnswer, KeptPredictionRequest } from './predictions.schema.js';

@ApiTags('prediction')
@Controller('predictions')
export class PredictionsController {
  constructor(private readonly kept: KeptPredictions) {}

  @Post()
  @HttpCode(200)
  @RequireRole('analyst')
  @ApiOperation({ summary: 'Predict and keep the answer, to be read again by its id' })
  // The type of ApiBody does not have `standardSchema`; what reads it does.
  @ApiBody({ standardSchema: KeptPredictionRequest } as ApiBodyOptions)
  @ApiOkResponse({ standardSchema: KeptPredictionAnswer })
  @ApiProblems(400, 404, 413, 422, 429, 503)
  async predict(@Body() body: unknown, @CurrentUser() user: Caller): Promise<KeptPredictionAnswer> {
    // Not by `@Body({ schema })`: the pipe would walk over every cell first.
    const request = KeptPredictionRequest.safeParse(body);
    if (!request.success) throw new InvalidInputError(request.error.issues);
    const { id, ...facts } = await this.kept.predict(request.data, user.username);
    return { id, ...answerOf(facts) };
  }

  @Get(':id')
  @RequireRole('viewer')
  @ApiOperation({ summary: 'A kept answer; they are deleted after PREDICTION_RETENTION_DAYS' })
  @ApiOkResponse({ standardSchema: KeptPrediction })
  @ApiProblems(404)
  async find(@Param('id') id: string): Promise<KeptPrediction> {
    const found = await this.kept.find(id);
    return {
      prediction_id: found.id,
      status: 'completed',
      ...answerOf(found),
      created_at: found.createdAt.toISOString(),
    };
  }
}

const answerOf = ({ predictions, modelId, version }: Omit<KeptPredictionEntity, 'id'>) => ({
  predictions,
  model_id: modelId,
  model_version: String(version),
});
