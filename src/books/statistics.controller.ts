import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import { ApiNotModifiedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenToAll } from '../auth/access.decorator.js';
import { ApiProblems } from '../http/problem.schema.js';
import { RateLimited } from '../http/rate-limit.js';
import type { ReadyName } from './answers/catalogue-answers.js';
import { replyWith } from './answers/conditional-reply.js';
import { CatalogueService } from './catalogue.service.js';
import { BookOverview, Categories, StatisticsByCategory } from './statistics.schema.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const AS_IT_WAS = { description: 'It is as `If-None-Match` has it' };

@ApiTags('books')
@Controller('api/v1')
@OpenToAll()
export class StatisticsController {
  constructor(private readonly catalogue: CatalogueService) {}

  @Get('categories')
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'The categories that have books, in the order of the alphabet' })
  @ApiOkResponse({ standardSchema: Categories })
  @ApiNotModifiedResponse(AS_IT_WAS)
  @ApiProblems(503)
  @RateLimited()
  categories(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer | undefined> {
    return this.reply('categories', request, reply);
  }

  @Get('stats/overview')
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'How many books there are, and what they cost and are rated on average' })
  @ApiOkResponse({ standardSchema: BookOverview })
  @ApiNotModifiedResponse(AS_IT_WAS)
  @ApiProblems(503)
  @RateLimited()
  overview(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer | undefined> {
    return this.reply('overview', request, reply);
  }

  @Get('stats/categories')
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'The same by category' })
  @ApiOkResponse({ standardSchema: StatisticsByCategory })
  @ApiNotModifiedResponse(AS_IT_WAS)
  @ApiProblems(503)
  @RateLimited()
  byCategory(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer | undefined> {
    return this.reply('byCategory', request, reply);
  }

  private async reply(name: ReadyName, request: FastifyRequest, reply: FastifyReply): Promise<Buffer | undefined> {
    return replyWith((await this.catalogue.current()).ready(name), request, reply);
  }
}
