import { Module } from '@nestjs/common';
import { LabFileModule } from '../config/lab-file.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { RegistryService } from '../registry/registry.service.js';
import { ModelCache } from './model-cache.js';
import { PredictionController } from './prediction.controller.js';
import { PredictionService } from './prediction.service.js';
import { ServedVersions } from './served-versions.js';

const MEBIBYTE = 1024 * 1024;

@Module({
  imports: [RegistryModule, LabFileModule],
  controllers: [PredictionController],
  providers: [
    PredictionService,
    ServedVersions,
    {
      provide: ModelCache,
      inject: [RegistryService],
      useFactory: (registry: RegistryService) => new ModelCache((version) => registry.load(version), 256 * MEBIBYTE),
    },
  ],
  exports: [PredictionService],
})
export class PredictionModule {}
