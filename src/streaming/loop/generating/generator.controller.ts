import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '../../../auth/access.decorator.js';
import { ApiProblems } from '../../../http/problem.schema.js';
import { RateLimited } from '../../../http/rate-limit.js';
import { LoopSwitch } from '../loop-switch.js';
import { statusOf, timeOf } from '../part-status.js';
import { Generator } from './generator.js';
import { GeneratorStatus, LoopRecords } from './generator.schema.js';

@ApiTags('learning loop')
@Controller('stream/generator')
@OpenToAll()
@UseGuards(LoopSwitch)
export class GeneratorController {
  constructor(private readonly generator: Generator) {}

  @Get('dados')
  @ApiOperation({ summary: 'The people of the last generation, all of them made up' })
  @ApiOkResponse({ standardSchema: LoopRecords })
  @ApiProblems(503)
  @RateLimited()
  records(): Promise<unknown[]> {
    return this.generator.newest();
  }

  @Get('status')
  @ApiOperation({ summary: 'How the generator is' })
  @ApiOkResponse({ standardSchema: GeneratorStatus })
  @ApiProblems(503)
  @RateLimited()
  async status(): Promise<GeneratorStatus> {
    const { next, at, records } = await this.generator.state();
    return {
      status: statusOf(this.generator),
      ultima_geracao: timeOf(at),
      total_geracoes: next,
      registros_atuais: records,
    };
  }
}
