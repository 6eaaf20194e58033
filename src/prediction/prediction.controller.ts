import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, type ApiBodyOptions, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../auth/access.decorator.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { ApiProblems } from '../http/problem.schema.js';
import { EXAMPLES, jsonLabels, PredictionAnswer, PredictionRequest } from './prediction.schema.js';
import { type Prediction, PredictionService } from './prediction.service.js';

@ApiTags('prediction')
@Controller('predict')
export class PredictionController {
  constructor(private readonly prediction: PredictionService) {}

  @Post()
  @HttpCode(200)
  @RequireRole('analyst')
  @ApiOperation({ summary: 'Predict from raw values with a registered model' })
  // The type of ApiBody does not have `standardSchema`; what reads it does.
  @ApiBody({ standardSchema: PredictionRequest, examples: EXAMPLES } as ApiBodyOptions)
  @ApiOkResponse({ standardSchema: PredictionAnswer })
  @ApiProblems(400, 404, 413, 422, 429, 503)
  async predict(@Body() body: unknown): Promise<PredictionAnswer> {
    // Not by `@Body({ schema })`: the pipe would walk over every cell of a large matrix first, 0.2 s for 100,000 rows.
    const request = PredictionRequest.safeParse(body);
    if (!request.success) throw new InvalidInputError(request.error.issues);
    return toAnswer(await this.prediction.predict(request.data));
  }
}

const toAnswer = ({ version: { model, version, type }, predictions, probabilities, classes }: Prediction): PredictionAnswer => ({
  predictions: jsonLabels(predictions),
  probabilities,
  ...(probabilities ? { classes: [...classes] } : {}),
  model: { name: model, version: String(version), type },
});
