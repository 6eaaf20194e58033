import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '../../../auth/access.decorator.js';
import { ApiProblems } from '../../../http/problem.schema.js';
import { RateLimited } from '../../../http/rate-limit.js';
import { LoopSwitch } from '../loop-switch.js';
import { statusOf, timeOf } from '../part-status.js';
import { Normalizer } from './normalizer.js';
import { NormalizedRecords, NormalizerStatus } from './normalizer.schema.js';

@ApiTags('learning loop')
@Controller('stream/normalizer')
@OpenToAll()
@UseGuards(LoopSwitch)
export class NormalizerController {
  constructor(private readonly normalizer: Normalizer) {}

  @Get('dados_normalizados')
  @ApiOperation({ summary: 'The last 100 people whose numbers were scaled, the newest at the end' })
  @ApiOkResponse({ standardSchema: NormalizedRecords })
  @ApiProblems(503)
  @RateLimited()
  records(): Promise<unknown[]> {
    return this.normalizer.newest();
  }

  @Get('status')
  @ApiOperation({ summary: 'How the normaliser is' })
  @ApiOkResponse({ standardSchema: NormalizerStatus })
  @ApiProblems(503)
  @RateLimited()
  async status(): Promise<NormalizerStatus> {
    const { at, batches, rows } = await this.normalizer.state();
    return {
      status: statusOf(this.normalizer),
      ultima_normalizacao: timeOf(at),
      total_normalizacoes: batches,
      registros_processados: rows,
    };
  }
}
