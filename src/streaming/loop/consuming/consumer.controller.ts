import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '../../../auth/access.decorator.js';
import { ApiProblems } from '../../../http/problem.schema.js';
import { RateLimited } from '../../../http/rate-limit.js';
import { LoopSwitch } from '../loop-switch.js';
import { statusOf, timeOf } from '../part-status.js';
import { Consumer } from './consumer.js';
import { ConsumerStatus } from './consumer.schema.js';

@ApiTags('learning loop')
@Controller('stream/consumer')
@OpenToAll()
@UseGuards(LoopSwitch)
export class ConsumerController {
  constructor(private readonly consumer: Consumer) {}

  @Get('api/status')
  @ApiOperation({ summary: 'How the consumer is' })
  @ApiOkResponse({ standardSchema: ConsumerStatus })
  @ApiProblems(503)
  @RateLimited()
  async status(): Promise<ConsumerStatus> {
    const { prediction, consumed, triedAt, failures } = await this.consumer.state();
    return {
      status: statusOf(this.consumer),
      ultima_predicao: prediction,
      total_consumos: consumed,
      ultima_tentativa: timeOf(triedAt),
      erros: failures,
    };
  }
}
