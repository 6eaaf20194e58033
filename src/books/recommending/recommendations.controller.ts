import { Controller, Get, Header, Param, Query, Req, Res } from '@nestjs/common';
import { ApiNotModifiedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenToAll } from '../../auth/access.decorator.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { RateLimited } from '../../http/rate-limit.js';
import { BookMetrics } from '../announcing/book-metrics.js';
import { CachedAnswers } from '../answers/cached-answers.js';
import { replyWith } from '../answers/conditional-reply.js';
import { BookId } from '../book.schema.js';
import { CatalogueService } from '../catalogue.service.js';
import { RecommendationQuery, Recommendations } from './recommendation.schema.js';

@ApiTags('books')
@Controller('api/v1/ml/recommendations')
@OpenToAll()
export class RecommendationsController {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly cached: CachedAnswers,
    private readonly metrics: BookMetrics,
  ) {}

  @Get(':id')
  @RateLimited()
  @Header('Content-Type', 'application/json; charset=utf-8')
  @ApiOperation({
    summary: 'Books that are like one, and not all like each other; with the reasons',
    description:
      'Best first: each next book by its own score and by what it adds to those before it, so that a score may be higher than ' +
      'one before it. Of editions of one title there is one.',
  })
  @ApiParam({ name: 'id', schema: { type: 'integer', minimum: 1 }, example: 1 })
  @ApiOkResponse({ standardSchema: Recommendations })
  @ApiNotModifiedResponse({ description: 'It is as `If-None-Match` has it' })
  @ApiProblems(400, 404, 503)
  async recommend(
    @Param('id', { schema: BookId }) id: number,
    @Query({ schema: RecommendationQuery }) { limit }: RecommendationQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const { catalogue, mark } = await this.catalogue.current();
    this.metrics.countRequest(catalogue.find(id).category);
    const answer = await this.cached.get(`${mark} ${catalogue.featuresMark}`, `recommendations ${id} ${limit}`, () =>
      Buffer.from(JSON.stringify(catalogue.recommend(id, limit))),
    );
    return replyWith(answer, request, reply);
  }
}
