import { Module } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { IngestionModule } from '../../ingestion/ingestion.module.js';
import { RegistryModule } from '../../registry/registry.module.js';
import { TrainingModule } from '../../training/training.module.js';
import { ConsumerController } from './consuming/consumer.controller.js';
import { Consumer } from './consuming/consumer.js';
import { ErrorHistory } from './consuming/error-history.js';
import { EvaluationController } from './consuming/evaluation.controller.js';
import { EvaluationReport } from './consuming/evaluation-report.js';
import { GeneratorController } from './generating/generator.controller.js';
import { Generator } from './generating/generator.js';
import { LearningLoop, type LoopPart } from './learning-loop.js';
import { LoopPorts } from './loop-ports.js';
import { LoopStates } from './loop-states.js';
import { LoopSwitch } from './loop-switch.js';
import { LoopTopics } from './loop-topics.js';
import { NormalizerController } from './normalising/normalizer.controller.js';
import { Normalizer } from './normalising/normalizer.js';
import { SalaryPredictions } from './training/salary-predictions.js';
import { SalaryTraining } from './training/salary-training.js';
import { ServedSalary } from './training/served-salary.js';
import { TrainerController } from './training/trainer.controller.js';
import { Trainer } from './training/trainer.js';

@Module({
  imports: [IngestionModule, RegistryModule, TrainingModule],
  controllers: [GeneratorController, NormalizerController, TrainerController, ConsumerController, EvaluationController],
  providers: [
    ...[LoopStates, LoopTopics, LoopSwitch, LoopPorts],
    ...[Generator, Normalizer],
    ...[Trainer, SalaryTraining, ServedSalary, SalaryPredictions],
    ...[Consumer, ErrorHistory, EvaluationReport],
    {
      provide: LearningLoop,
      inject: [LabConfig, LoopTopics, Generator, Normalizer, Trainer, SalaryPredictions, Consumer],
      useFactory: (config: LabConfig, topics: LoopTopics, ...parts: LoopPart[]) => new LearningLoop(config, topics, parts),
    },
  ],
})
export class LoopModule {}
