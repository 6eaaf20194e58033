import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LabFileModule } from '../config/lab-file.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { RegistryService } from '../registry/registry.service.js';
import { KeptPredictionEntity } from './kept/kept-prediction.entity.js';
import { KeptPredictions } from './kept/kept-predictions.js';
import { PredictionRetention } from './kept/prediction-retention.js';
import { PredictionsController } from './kept/predictions.controller.js';
import { ModelCache } from './model-cache.js';
import { PredictionController } from './prediction.controller.js';
import { PredictionService } from './prediction.service.js';
import { PredictionTotalsService } from './prediction-totals.service.js';
import { ServedVersions } from './served-versions.js';

const MEBIBYTE = 1024 * 1024;

@Module({
  imports: [RegistryModule, LabFileModule, TypeOrmModule.forFeature([KeptPredictionEntity])],
  controllers: [PredictionController, PredictionsController],
  providers: [
    KeptPredictions,
    PredictionRetention,
    PredictionService,
    PredictionTotalsService,
    ServedVersions,
    {
      provide: ModelCache,
      inject: [RegistryService],
      useFactory: (registry: RegistryService) => new ModelCache((version) => registry.load(version), 256 * MEBIBYTE),
    },
  ],
  exports: [PredictionService, PredictionTotalsService],
})
export class PredictionModule {}
