import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { DeltaModule } from '../delta/delta.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { TrainingData } from './data/training-data.js';
import { MemoryBudget } from './memory-budget.js';
import { TrainingService } from './training.service.js';

@Module({ imports: [CatalogModule, DeltaModule, RegistryModule], providers: [TrainingData, MemoryBudget, TrainingService] })
export class TrainingModule {}
