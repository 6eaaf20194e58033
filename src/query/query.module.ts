import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { DeltaModule } from '../delta/delta.module.js';
import { DownloadController } from './download/download.controller.js';
import { DownloadService } from './download/download.service.js';
import { PreviewController } from './preview.controller.js';
import { PreviewService } from './preview.service.js';
import { LakeTables } from './sql/lake-tables.js';
import { SqlController } from './sql/sql.controller.js';
import { SqlQueryService } from './sql/sql-query.service.js';
import { SqlReply } from './sql/sql-reply.js';

@Module({
  imports: [DeltaModule, CatalogModule],
  controllers: [PreviewController, DownloadController, SqlController],
  providers: [PreviewService, DownloadService, LakeTables, SqlQueryService, SqlReply],
})
export class QueryModule {}
