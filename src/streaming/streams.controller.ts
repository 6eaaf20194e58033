import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../auth/access.decorator.js';
import { type Page, PageQuery } from '../http/page.schema.js';
import { ApiProblems } from '../http/problem.schema.js';
import { StreamDetail, StreamPage, StreamRestart, type StreamSummary } from './stream-view.schema.js';
import { StreamsService } from './streams.service.js';

const NAMED = ApiParam({ name: 'name', example: 'sensor_anomalies' });

@ApiTags('streams')
@Controller('api/v1/streams')
export class StreamsController {
  constructor(private readonly streams: StreamsService) {}

  @Get()
  @RequireRole('viewer')
  @ApiOperation({ summary: 'List the streams of the workspace' })
  @ApiOkResponse({ standardSchema: StreamPage })
  @ApiProblems(400)
  list(@Query({ schema: PageQuery }) query: PageQuery): Promise<Page<StreamSummary>> {
    return this.streams.list(query);
  }

  @Get(':name')
  @RequireRole('viewer')
  @ApiOperation({ summary: 'One stream: how far it is, and what it holds' })
  @NAMED
  @ApiOkResponse({ standardSchema: StreamDetail })
  @ApiProblems(404)
  find(@Param('name') name: string): Promise<StreamDetail> {
    return this.streams.find(name);
  }

  @Post(':name/pause')
  @HttpCode(200)
  @RequireRole('engineer')
  @ApiOperation({ summary: 'Pause it', description: 'In every process, also after a restart. It goes on where it was.' })
  @NAMED
  @ApiOkResponse({ standardSchema: StreamDetail })
  @ApiProblems(404)
  pause(@Param('name') name: string): Promise<StreamDetail> {
    return this.streams.pause(name);
  }

  @Post(':name/resume')
  @HttpCode(200)
  @RequireRole('engineer')
  @ApiOperation({ summary: 'Let it go on' })
  @NAMED
  @ApiOkResponse({ standardSchema: StreamDetail })
  @ApiProblems(404)
  resume(@Param('name') name: string): Promise<StreamDetail> {
    return this.streams.resume(name);
  }

  @Post(':name/restart')
  @HttpCode(200)
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Let it begin anew',
    description:
      'Forgets state, offsets and counters, after a change of its file or when retention has passed it. What it has written stays: rows of windows that are told again replace those in mode update and complete, and stand beside them in mode append.',
  })
  @NAMED
  @ApiOkResponse({ standardSchema: StreamDetail })
  @ApiProblems(400, 404)
  restart(@Param('name') name: string, @Body({ schema: StreamRestart }) { from }: StreamRestart): Promise<StreamDetail> {
    return this.streams.restart(name, from);
  }
}
