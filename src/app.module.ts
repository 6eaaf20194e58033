import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AuthModule } from './auth/auth.module.js';
import { BooksModule } from './books/books.module.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { ConfigModule } from './config/config.module.js';
import type { LabConfig } from './config/lab-config.js';
import { DashboardModule } from './dashboard/dashboard.module.js';
import { CacheModule } from './engines/cache/cache.module.js';
import { DatabaseModule } from './engines/database/database.module.js';
import { SqlModule } from './engines/sql/sql.module.js';
import { StorageModule } from './engines/storage/storage.module.js';
import { StreamModule } from './engines/stream/stream.module.js';
import { EtlModule } from './etl/etl.module.js';
import { HttpModule } from './http/http.module.js';
import { DeadLettersModule } from './ingestion/dead-letters.module.js';
import { IngestionModule } from './ingestion/ingestion.module.js';
import { LandingModule } from './ingestion/landing.module.js';
import { LineageModule } from './medallion/lineage.module.js';
import { MedallionModule } from './medallion/medallion.module.js';
import { ProfileModule } from './medallion/profile.module.js';
import { ReplayModule } from './medallion/replay.module.js';
import { TransformsModule } from './medallion/transforms.module.js';
import { WarehouseModule } from './medallion/warehouse.module.js';
import { MonitoringModule } from './monitoring/monitoring.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { PipelinesModule } from './pipelines/pipelines.module.js';
import { PredictionModule } from './prediction/prediction.module.js';
import { QueryModule } from './query/query.module.js';
import { RegistryModule } from './registry/registry.module.js';
import { ScrapingModule } from './scraping/scraping.module.js';
import { LoopModule } from './streaming/loop/loop.module.js';
import { StreamingModule } from './streaming/streaming.module.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';
import { TrainingModule } from './training/training.module.js';

/** The rooms of the house, from the ground up. */
@Module({})
export class AppModule {
  static with(config: LabConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(config),
        TelemetryModule,
        HttpModule,
        ScheduleModule.forRoot(),
        ...[DatabaseModule, SqlModule, StorageModule, StreamModule, CacheModule],
        ...[AuthModule, CatalogModule, RegistryModule, PipelinesModule],
        ...[MedallionModule, ReplayModule, TransformsModule, WarehouseModule, LineageModule, ProfileModule],
        ...[EtlModule, IngestionModule, DeadLettersModule, LandingModule],
        ...[ScrapingModule, TrainingModule, StreamingModule, LoopModule, OperationsModule],
        ...[QueryModule, PredictionModule, MonitoringModule, BooksModule, DashboardModule],
      ],
    };
  }
}
