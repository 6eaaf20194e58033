import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, type ApiBodyOptions, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '../../auth/access.decorator.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { RateLimited } from '../../http/rate-limit.js';
import { Breather } from './breather.js';
import { sentimentOf } from './sentiment.js';
import { type Sentiment, SentimentAnswer, SentimentRequest } from './sentiment.schema.js';

const EXAMPLES = {
  one: { summary: 'One text', value: { description: 'A wonderful, moving story.' } },
  many: { summary: 'Several', value: { descriptions: ['A wonderful, moving story.', 'Not bad at all', 'A book of 200 pages'] } },
};

@ApiTags('books')
@Controller('api/v1/ml/sentiment')
@OpenToAll()
export class SentimentController {
  @Post()
  @HttpCode(200)
  @RateLimited()
  @ApiOperation({ summary: 'The mood of English texts, by VADER' })
  // The type of ApiBody does not have `standardSchema`; what reads it does.
  @ApiBody({ standardSchema: SentimentRequest, examples: EXAMPLES } as ApiBodyOptions)
  @ApiOkResponse({ standardSchema: SentimentAnswer })
  @ApiProblems(400, 413, 415)
  async judge(@Body({ schema: SentimentRequest }) { description, descriptions }: SentimentRequest): Promise<SentimentAnswer> {
    if (description !== undefined) return sentimentOf(description);
    const breather = new Breather();
    const answers: Sentiment[] = [];
    for (const text of descriptions ?? []) {
      answers.push(sentimentOf(text));
      await breather.breathe();
    }
    return answers;
  }
}
