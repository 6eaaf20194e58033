import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { LabConfig } from '../config/lab-config.js';
import { LabFileModule } from '../config/lab-file.module.js';
import { DeltaModule } from '../delta/delta.module.js';
import { PipelinesModule } from '../pipelines/pipelines.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { TrainingData } from './data/training-data.js';
import { EstimatorsController } from './estimators.controller.js';
import { LessonsService } from './lessons.service.js';
import { MemoryBudget } from './memory-budget.js';
import { TrainController } from './train.controller.js';
import { TrainRequests } from './train-requests.js';
import { TrainingService } from './training.service.js';
import { TrainingSlots } from './training-slots.js';

@Module({
  imports: [CatalogModule, DeltaModule, LabFileModule, PipelinesModule, RegistryModule],
  controllers: [TrainController, EstimatorsController],
  providers: [
    TrainingData,
    MemoryBudget,
    TrainRequests,
    TrainingService,
    LessonsService,
    {
      provide: TrainingSlots,
      inject: [LabConfig],
      useFactory: ({ trainConcurrency }: LabConfig) => new TrainingSlots(trainConcurrency),
    },
  ],
  exports: [LessonsService],
})
export class TrainingModule {}
