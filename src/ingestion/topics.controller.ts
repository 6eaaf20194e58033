import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../auth/access.decorator.js';
import { type Page, PageQuery } from '../http/page.schema.js';
import { ApiProblems } from '../http/problem.schema.js';
import { TopicsService } from './topics.service.js';
import {
  changeOf,
  itemOf,
  LagQuery,
  NewTopicRequest,
  TopicChange,
  TopicDetail,
  TopicItem,
  TopicLag,
  topicOf,
  TopicPage,
} from './topics/topic.schema.js';
import { TopicOverview } from './topics/topic-overview.js';

const NAMED = ApiParam({ name: 'name', example: 'readings' });

@ApiTags('streams')
@Controller('api/v1/topics')
export class TopicsController {
  constructor(
    private readonly topics: TopicsService,
    private readonly overview: TopicOverview,
  ) {}

  @Post()
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Make a topic',
    description: 'One that lands is consumed into `bronze.<name>`, dots and dashes as underscores.',
  })
  @ApiCreatedResponse({ standardSchema: TopicItem })
  @ApiProblems(400, 409, 422)
  async create(@Body({ schema: NewTopicRequest }) topic: NewTopicRequest): Promise<TopicItem> {
    return itemOf(await this.topics.create(topicOf(topic)));
  }

  @Get()
  @RequireRole('viewer')
  @ApiOperation({ summary: 'List the topics' })
  @ApiOkResponse({ standardSchema: TopicPage })
  @ApiProblems(400)
  list(@Query({ schema: PageQuery }) query: PageQuery): Promise<Page<TopicItem>> {
    return this.overview.list(query);
  }

  @Get(':name')
  @RequireRole('viewer')
  @ApiOperation({ summary: 'One topic, and what its partitions hold' })
  @NAMED
  @ApiOkResponse({ standardSchema: TopicDetail })
  @ApiProblems(404)
  find(@Param('name') name: string): Promise<TopicDetail> {
    return this.overview.find(name);
  }

  @Patch(':name')
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Change how long it keeps messages, its schema, its partitions, or whether it lands',
    description: 'What is not given stays. A schema may grow optional fields, nothing else; partitions may become more.',
  })
  @NAMED
  @ApiOkResponse({ standardSchema: TopicItem })
  @ApiProblems(400, 404, 409, 422)
  async change(@Param('name') name: string, @Body({ schema: TopicChange }) change: TopicChange): Promise<TopicItem> {
    return itemOf(await this.topics.change(name, changeOf(change)));
  }

  @Delete(':name')
  @HttpCode(204)
  @RequireRole('admin')
  @ApiOperation({ summary: 'Delete it with its messages and dead letters; its table in bronze stays' })
  @NAMED
  @ApiNoContentResponse()
  @ApiProblems(404)
  delete(@Param('name') name: string): Promise<void> {
    return this.topics.delete(name);
  }

  @Get(':name/lag')
  @RequireRole('viewer')
  @ApiOperation({ summary: 'How far a group of readers is behind, by partition' })
  @NAMED
  @ApiOkResponse({ standardSchema: TopicLag })
  @ApiProblems(400, 404)
  lag(@Param('name') name: string, @Query({ schema: LagQuery }) query: LagQuery): Promise<TopicLag> {
    return this.overview.lag(name, query);
  }
}
