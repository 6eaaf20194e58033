import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { StorageModule } from '../engines/storage/storage.module.js';
import { ModelAliasEntity, ModelVersionEntity, RegisteredModelEntity } from './model.entity.js';
import { ModelClaims } from './model-claims.js';
import { ModelFiles } from './model-files.js';
import { ModelSweep } from './model-sweep.js';
import { ModelsController } from './models.controller.js';
import { RegistryService } from './registry.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([RegisteredModelEntity, ModelVersionEntity, ModelAliasEntity]), StorageModule],
  controllers: [ModelsController],
  providers: [RegistryService, ModelClaims, ModelFiles, ModelSweep],
  exports: [RegistryService],
})
export class RegistryModule {}
