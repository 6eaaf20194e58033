import { Controller, Get, Header, Param, Query, Req, Res } from '@nestjs/common';
import { ApiNotModifiedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenToAll } from '../auth/access.decorator.js';
import { ApiProblems } from '../http/problem.schema.js';
import { CachedAnswers } from './answers/cached-answers.js';
import { type CatalogueAnswers, isPlain } from './answers/catalogue-answers.js';
import { replyWith } from './answers/conditional-reply.js';
import { QUESTIONS } from './answers/questions.js';
import type { ReadyAnswer } from './answers/ready-answer.js';
import { Book, BookId, BookQuery, Books, PriceQuery, SearchQuery } from './book.schema.js';
import type { Catalogue } from './catalogue.js';
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
  ) {}

  @Get()
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'All books; none before the first scrape' })
  @ApiOkResponse({ standardSchema: Books })
  @ApiNotModifiedResponse(AS_IT_WAS)
  @ApiProblems(400, 503)
  async list(
    @Query({ schema: BookQuery }) query: BookQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const answers = await this.catalogue.current();
    if (isPlain(query)) return replyWith(answers.ready('all'), request, reply);
    return replyWith(await this.cachedList(answers, QUESTIONS.list(query), (books) => books.list(query)), request, reply);
  }

  @Get('search')
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({
    summary: 'Books by a part of their title or category, without regard to case and accents',
    description:
      'Best first: the whole text, its beginning, that of a word, elsewhere. All that are found, unless there is a limit.',
  })
  @ApiOkResponse({ standardSchema: Books })
  @ApiNotModifiedResponse(AS_IT_WAS)
  @ApiProblems(400, 503)
  async search(
    @Query({ schema: SearchQuery }) query: SearchQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const answers = await this.catalogue.current();
    return replyWith(await this.cachedList(answers, QUESTIONS.search(query), (books) => books.search(query)), request, reply);
  }

  @Get('top-rated')
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'The books with the highest rating there is' })
  @ApiOkResponse({ standardSchema: Books })
  @ApiNotModifiedResponse(AS_IT_WAS)
  @ApiProblems(400, 503)
  async topRated(
    @Query({ schema: BookQuery }) query: BookQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const answers = await this.catalogue.current();
    if (isPlain(query)) return replyWith(answers.ready('topRated'), request, reply);
    return replyWith(await this.cachedList(answers, QUESTIONS.topRated(query), (books) => books.topRated(query)), request, reply);
  }

  @Get('price-range')
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'Books between two prices' })
  @ApiOkResponse({ standardSchema: Books })
  @ApiNotModifiedResponse(AS_IT_WAS)
  @ApiProblems(400, 503)
  async priceRange(
    @Query({ schema: PriceQuery }) query: PriceQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const answers = await this.catalogue.current();
    const { min, max, ...rest } = query;
    const answer = await this.cachedList(answers, QUESTIONS.priced(query), (books) => books.priced(min, max, rest));
    return replyWith(answer, request, reply);
  }

  @Get(':id')
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'One book' })
  @ApiParam({ name: 'id', schema: { type: 'integer', minimum: 1 }, example: 1 })
  @ApiOkResponse({ standardSchema: Book })
  @ApiProblems(400, 404, 503)
  async find(@Param('id', { schema: BookId }) id: number): Promise<Buffer> {
    const answers = await this.catalogue.current();
    return answers.one(answers.catalogue.find(id));
  }

  private cachedList(answers: CatalogueAnswers, question: string, find: (catalogue: Catalogue) => Book[]): Promise<ReadyAnswer> {
    return this.cached.get(answers.mark, question, () => answers.list(find(answers.catalogue)));
  }
}
