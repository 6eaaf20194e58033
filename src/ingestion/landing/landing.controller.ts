import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../../auth/access.decorator.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { LandingService } from '../landing.service.js';
import { LandingState, Replayed, ReplayRequest } from './landing.schema.js';

const NAMED = ApiParam({ name: 'name', example: 'readings' });

@ApiTags('streams')
@Controller('api/v1/topics/:name/landing')
export class LandingController {
  constructor(private readonly landing: LandingService) {}

  @Get()
  @RequireRole('viewer')
  @ApiOperation({ summary: 'How far a topic has landed in bronze' })
  @NAMED
  @ApiOkResponse({ standardSchema: LandingState })
  @ApiProblems(404)
  state(@Param('name') name: string): Promise<LandingState> {
    return this.landing.state(name);
  }

  @Post('pause')
  @HttpCode(200)
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Stop landing a topic, until it is resumed',
    description: 'Every replica stops; restarts keep it so.',
  })
  @NAMED
  @ApiOkResponse({ standardSchema: LandingState })
  @ApiProblems(404, 409)
  pause(@Param('name') name: string): Promise<LandingState> {
    return this.landing.pause(name);
  }

  @Post('resume')
  @HttpCode(200)
  @RequireRole('engineer')
  @ApiOperation({ summary: 'Go on landing a topic where it stopped' })
  @NAMED
  @ApiOkResponse({ standardSchema: LandingState })
  @ApiProblems(404, 409)
  resume(@Param('name') name: string): Promise<LandingState> {
    return this.landing.resume(name);
  }

  @Post('replay')
  @HttpCode(200)
  @RequireRole('engineer')
  @ApiOperation({
    summary: 'Land a topic anew from an offset or a time',
    description:
      'The rows from there on leave the table and come again as the topic has them, so that none is there twice. An offset further on than the landing passes over the messages between, which is how it goes on behind messages that retention took.',
  })
  @NAMED
  @ApiOkResponse({ standardSchema: Replayed })
  @ApiProblems(400, 404, 409)
  replay(@Param('name') name: string, @Body({ schema: ReplayRequest }) request: ReplayRequest): Promise<Replayed> {
    return this.landing.replay(name, request);
  }
}
