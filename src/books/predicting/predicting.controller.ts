import { Body, Controller, Get, Header, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiNotModifiedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenToAll } from '../../auth/access.decorator.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { RateLimited } from '../../http/rate-limit.js';
import { BookMetrics } from '../announcing/book-metrics.js';
import { replyWith } from '../answers/conditional-reply.js';
import { Books } from '../book.schema.js';
import { CatalogueService } from '../catalogue.service.js';
import { BookFeatures } from './book-features.js';
import { BookPredictions } from './book-predictions.js';
import { BookFeatureList, PriceAnswer, PriceQuestion, RatingAnswer, RatingQuestion } from './predicting.schema.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const AS_IT_WAS = { description: 'It is as `If-None-Match` has it' };
const HONESTY =
  'Little can be learned here, and the answer says so: where no model is better than the baseline, the baseline answers.';

@ApiTags('books')
@Controller('api/v1/ml')
@OpenToAll()
export class PredictingController {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly bookFeatures: BookFeatures,
    private readonly predictions: BookPredictions,
    private readonly metrics: BookMetrics,
  ) {}

  @Get('features')
  @RateLimited()
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'The features of all books; none before the first scrape' })
  @ApiOkResponse({ standardSchema: BookFeatureList })
  @ApiNotModifiedResponse(AS_IT_WAS)
  @ApiProblems(503)
  async features(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer | undefined> {
    return replyWith(await this.bookFeatures.current(), request, reply);
  }

  @Get('training-data')
  @RateLimited()
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'All books to train from; none before the first scrape' })
  @ApiOkResponse({ standardSchema: Books })
  @ApiNotModifiedResponse(AS_IT_WAS)
  @ApiProblems(503)
  async trainingData(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    return replyWith((await this.catalogue.current()).ready('all'), request, reply);
  }

  @Post('predictions')
  @HttpCode(200)
  @RateLimited()
  @ApiOperation({ summary: 'The rating that a book of this price and category may have', description: HONESTY })
  @ApiOkResponse({ standardSchema: RatingAnswer })
  @ApiProblems(400, 413, 503)
  rating(@Body({ schema: RatingQuestion }) question: RatingQuestion): Promise<RatingAnswer> {
    this.count(question.category);
    return this.predictions.rating(question);
  }

  @Post('predict/price')
  @HttpCode(200)
  @RateLimited()
  @ApiOperation({ summary: 'The price that a book may have', description: HONESTY })
  @ApiOkResponse({ standardSchema: PriceAnswer })
  @ApiProblems(400, 413, 503)
  price(@Body({ schema: PriceQuestion }) question: PriceQuestion): Promise<PriceAnswer> {
    this.count(question.category);
    return this.predictions.price(question);
  }

  /** A catalogue that cannot be read is in the way of no prediction. */
  private count(category: string): void {
    this.catalogue
      .current()
      .then(({ catalogue }) => catalogue.categories().includes(category) && this.metrics.countRequest(category))
      .catch(() => undefined);
  }
}
