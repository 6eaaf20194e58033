import { Module } from '@nestjs/common';
import { SqlModule } from '../engines/sql/sql.module.js';
import { StorageModule } from '../engines/storage/storage.module.js';
import { DeltaService } from './delta.service.js';

@Module({ imports: [SqlModule, StorageModule], providers: [DeltaService], exports: [DeltaService] })
export class DeltaModule {}
