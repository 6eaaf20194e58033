import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { DeltaModule } from '../delta/delta.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { TrainingService } from './training.service.js';
import { TrainingData } from './training-data.js';

@Module({ imports: [CatalogModule, DeltaModule, RegistryModule], providers: [TrainingData, TrainingService] })
export class TrainingModule {}
