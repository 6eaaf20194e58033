import { Body, Controller, Get, Header, Headers, Param, Post, Query, StreamableFile } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../auth/access.decorator.js';
import type { Page } from '../http/page.schema.js';
import { ApiProblems } from '../http/problem.schema.js';
import { type Message, MessagePage, MessagesKept, NewMessages, outgoing, PeekQuery, WatchQuery } from './message.schema.js';
import { ProducerService } from './producer.service.js';
import { TopicPeek } from './topics/topic-peek.js';
import { TopicWatch } from './watching/topic-watch.js';

const NAMED = ApiParam({ name: 'name', example: 'readings' });
const EVENT_STREAM = 'text/event-stream';

@ApiTags('streams')
@Controller('api/v1/topics/:name')
export class MessagesController {
  constructor(
    private readonly producer: ProducerService,
    private readonly peek: TopicPeek,
    private readonly watch: TopicWatch,
  ) {}

  @Post('messages')
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Append messages: all of them, or none',
    description:
      'It answers when they are durable. Those with one key keep their order; each is held against the schema of the topic.',
  })
  @NAMED
  @ApiCreatedResponse({ standardSchema: MessagesKept })
  @ApiProblems(400, 404, 413, 422)
  async produce(@Param('name') name: string, @Body({ schema: NewMessages }) body: NewMessages): Promise<MessagesKept> {
    return { positions: await this.producer.produce(name, outgoing(body)) };
  }

  @Get('messages')
  @RequireRole('viewer')
  @ApiOperation({ summary: 'Look at messages: the newest, or those from an offset on', description: 'It moves no reader.' })
  @NAMED
  @ApiOkResponse({ standardSchema: MessagePage })
  @ApiProblems(400, 404, 409)
  messages(@Param('name') name: string, @Query({ schema: PeekQuery }) query: PeekQuery): Promise<Page<Message>> {
    return this.peek.messages(name, query);
  }

  @Get('events')
  @RequireRole('viewer')
  // Proxies pass on what comes when it comes.
  @Header('X-Accel-Buffering', 'no')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Watch messages as they come, as server-sent events',
    description:
      'Events `message`; `gap` where retention was faster than the reader; `end` when the topic is deleted. `Last-Event-ID` goes on after an event.',
  })
  @NAMED
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    schema: { type: 'string' },
    description: 'The id of the last event received',
  })
  @ApiOkResponse({ description: 'Events until the reader leaves', content: { [EVENT_STREAM]: { schema: { type: 'string' } } } })
  @ApiProblems(400, 404, 429)
  async events(
    @Param('name') name: string,
    @Query({ schema: WatchQuery }) query: WatchQuery,
    @Headers('last-event-id') after: string | undefined,
  ): Promise<StreamableFile> {
    return new StreamableFile(await this.watch.open(name, query, after), { type: EVENT_STREAM });
  }
}
