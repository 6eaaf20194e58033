import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '../../auth/access.decorator.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { BookId } from '../book.schema.js';
import { CatalogueService } from '../catalogue.service.js';
import { type Recommendation, RecommendationQuery, Recommendations } from './recommendation.schema.js';

@ApiTags('books')
@Controller('api/v1/ml/recommendations')
@OpenToAll()
export class RecommendationsController {
  constructor(private readonly catalogue: CatalogueService) {}

  @Get(':id')
  @ApiOperation({
    summary: 'Books that are like one, and not all like each other; with the reasons',
    description:
      'Best first: each next book by its own score and by what it adds to those before it, so that a score may be higher than ' +
      'one before it. Of editions of one title there is one.',
  })
  @ApiParam({ name: 'id', schema: { type: 'integer', minimum: 1 }, example: 1 })
  @ApiOkResponse({ standardSchema: Recommendations })
  @ApiProblems(400, 404, 503)
  async recommend(
    @Param('id', { schema: BookId }) id: number,
    @Query({ schema: RecommendationQuery }) { limit }: RecommendationQuery,
  ): Promise<Recommendation[]> {
    const { catalogue } = await this.catalogue.current();
    return catalogue.recommend(id, limit);
  }
}
