import { Body, Controller, HttpCode, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, type ApiBodyOptions, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../auth/access.decorator.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { ApiProblems } from '../http/problem.schema.js';
import { TRAIN_EXAMPLES, TrainQuery, TrainRequest, TrainStarted } from './train-request.schema.js';
import { TrainRequests } from './train-requests.js';

@ApiTags('training')
@Controller('train')
export class TrainController {
  constructor(private readonly requests: TrainRequests) {}

  @Post()
  @HttpCode(202)
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Train a model as a job and register it',
    description:
      'What can be known to be wrong is answered at once, the rest fails the job with its reason. Its result has the version and its metrics. Older clients send `model_type` and `model_name` in the query, and no body.',
  })
  // The type of ApiBody does not have `standardSchema`; what reads it does.
  @ApiBody({ standardSchema: TrainRequest, examples: TRAIN_EXAMPLES, required: false } as ApiBodyOptions)
  @ApiAcceptedResponse({ standardSchema: TrainStarted })
  @ApiProblems(400, 404, 409, 422, 429)
  train(@Query({ schema: TrainQuery }) query: TrainQuery, @Body() body: unknown): Promise<TrainStarted> {
    return this.requests.start(readRequest(query, body));
  }
}

/** @throws {InvalidInputError} */
function readRequest({ model_type, model_name }: TrainQuery, body: unknown): TrainRequest {
  const parsed = TrainRequest.safeParse(
    isEmpty(body) && model_name ? { problem: model_type, estimator: model_name } : (body ?? {}),
  );
  if (!parsed.success) throw new InvalidInputError(parsed.error.issues);
  if (model_name && !isEmpty(body)) throw new InvalidInputError([{ message: 'Ask in the body or in the query, not in both' }]);
  return parsed.data;
}

const isEmpty = (body: unknown): boolean =>
  body === undefined || body === null || (typeof body === 'object' && Object.keys(body).length === 0);
