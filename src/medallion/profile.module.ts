import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogModule } from '../catalog/catalog.module.js';
import { DeltaModule } from '../delta/delta.module.js';
import { ProfileController } from './profile/profile.controller.js';
import { ProfileEntity } from './profile/profile.entity.js';
import { ProfileService } from './profile/profile.service.js';

/** What stands in tables, as people see it. */
@Module({
  imports: [CatalogModule, DeltaModule, TypeOrmModule.forFeature([ProfileEntity])],
  controllers: [ProfileController],
  providers: [ProfileService],
})
export class ProfileModule {}
