import { Controller, Get, Header, Param, Req, Res } from '@nestjs/common';
import { ApiNotModifiedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenToAll } from '../auth/access.decorator.js';
import { ApiProblems } from '../http/problem.schema.js';
import { RateLimited } from '../http/rate-limit.js';
import { BookMetrics } from './announcing/book-metrics.js';
import { AsksFor } from './answers/asks-for.decorator.js';
import { CachedAnswers } from './answers/cached-answers.js';
import { replyWith } from './answers/conditional-reply.js';
import type { Question } from './answers/question.js';
import { QUESTIONS } from './answers/questions.js';
import { Book, BookId, Books } from './book.schema.js';
import { CatalogueService } from './catalogue.service.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const AS_IT_WAS = { description: 'It is as `If-None-Match` has it' };

@ApiTags('books')
@Controller('api/v1/books')
@OpenToAll()
export class BooksController {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly cached: CachedAnswers,
    private readonly metrics: BookMetrics,
  ) {}

  @Get()
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'All books; none before the first scrape' })
  @AsksFor(QUESTIONS.list)
  @ApiOkResponse({ standardSchema: Books })
  @ApiNotModifiedResponse(AS_IT_WAS)
  @ApiProblems(400, 503)
  @RateLimited()
  list(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer | undefined> {
    return this.answer(QUESTIONS.list, request, reply);
  }

  @Get('search')
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({
    summary: 'Books by a part of their title or category, without regard to case and accents',
    description:
      'Best first: the whole text, its beginning, that of a word, elsewhere. All that are found, unless there is a limit.',
  })
  @AsksFor(QUESTIONS.search)
  @ApiOkResponse({ standardSchema: Books })
  @ApiNotModifiedResponse(AS_IT_WAS)
  @ApiProblems(400, 503)
  @RateLimited()
  search(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer | undefined> {
    return this.answer(QUESTIONS.search, request, reply);
  }

  @Get('top-rated')
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'The books with the highest rating there is' })
  @AsksFor(QUESTIONS.topRated)
  @ApiOkResponse({ standardSchema: Books })
  @ApiNotModifiedResponse(AS_IT_WAS)
  @ApiProblems(400, 503)
  @RateLimited()
  topRated(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer | undefined> {
    return this.answer(QUESTIONS.topRated, request, reply);
  }

  @Get('price-range')
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'Books between two prices' })
  @AsksFor(QUESTIONS.priceRange)
  @ApiOkResponse({ standardSchema: Books })
  @ApiNotModifiedResponse(AS_IT_WAS)
  @ApiProblems(400, 503)
  @RateLimited()
  priceRange(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer | undefined> {
    return this.answer(QUESTIONS.priceRange, request, reply);
  }

  @Get(':id')
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'One book' })
  @ApiParam({ name: 'id', schema: { type: 'integer', minimum: 1 }, example: 1 })
  @ApiOkResponse({ standardSchema: Book })
  @ApiProblems(400, 404, 503)
  @RateLimited()
  async find(@Param('id', { schema: BookId }) id: number): Promise<Buffer> {
    const answers = await this.catalogue.current();
    const book = answers.catalogue.find(id);
    this.metrics.countRequest(book.category);
    return answers.one(book);
  }

  private async answer<Query>(
    question: Question<Query>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const { text, find, ready, category, again = false } = question.read(request);
    const answers = await this.catalogue.current();
    const known = category && answers.categoryNamed(category);
    if (known) this.metrics.countRequest(known);
    const answer = ready
      ? answers.ready(ready)
      : await this.cached.get(answers.mark, text, () => answers.list(find(answers.catalogue)), again);
    return replyWith(answer, request, reply);
  }
}
