import { Body, Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '../../../auth/access.decorator.js';
import { ApiProblems } from '../../../http/problem.schema.js';
import { RateLimited } from '../../../http/rate-limit.js';
import { LoopSwitch } from '../loop-switch.js';
import { statusOf, timeOf } from '../part-status.js';
import { SalaryPredictions } from './salary-predictions.js';
import { SalaryTraining } from './salary-training.js';
import { ServedSalary } from './served-salary.js';
import { Trainer } from './trainer.js';
import { SalaryPrediction, SalaryRequest, TrainerStatus } from './trainer.schema.js';

@ApiTags('learning loop')
@Controller('stream/trainer')
@OpenToAll()
@UseGuards(LoopSwitch)
export class TrainerController {
  constructor(
    private readonly trainer: Trainer,
    private readonly training: SalaryTraining,
    private readonly predictions: SalaryPredictions,
    private readonly served: ServedSalary,
  ) {}

  @Post('predict')
  @HttpCode(200)
  @ApiOperation({
    summary: 'What a person of this age earns, in reais a month',
    description:
      'The age is enough. What else the model looks at is filled from the people that it learnt from: the mean idh of their cities, and the mean over all their occupations, each as often as it is.',
  })
  @ApiOkResponse({ standardSchema: SalaryPrediction })
  @ApiProblems(400, 413, 503)
  @RateLimited()
  async predict(@Body({ schema: SalaryRequest }) request: SalaryRequest): Promise<SalaryPrediction> {
    const { model, values } = await this.predictions.answer([request]);
    return {
      predicao: Math.round(100 * values[0]) / 100,
      idade: request.idade,
      timestamp: new Date().toISOString(),
      modelo_id: model.id,
    };
  }

  @Get('status')
  @ApiOperation({ summary: 'How the trainer is' })
  @ApiOkResponse({ standardSchema: TrainerStatus })
  @ApiProblems(503)
  @RateLimited()
  async status(): Promise<TrainerStatus> {
    const { trainings, at } = await this.training.state();
    return {
      status: statusOf(this.trainer),
      ultima_atualizacao: timeOf(at),
      total_treinamentos: trainings,
      total_predicoes: await this.predictions.total(),
      modelo_disponivel: (await this.served.find()) !== undefined,
    };
  }
}
