import multipart from '@fastify/multipart';
import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { CatalogModule } from '../catalog/catalog.module.js';
import { DeltaModule } from '../delta/delta.module.js';
import { MedallionModule } from '../medallion/medallion.module.js';
import { PipelinesModule } from '../pipelines/pipelines.module.js';
import { BatchLoad } from './batch-load.js';
import { EtlController } from './etl.controller.js';
import { KeptRejects } from './kept-rejects.js';
import { LandingService } from './landing.service.js';
import { LoadService } from './load.service.js';
import { LoadRequestsService } from './load-requests.service.js';
import { SourceHistory } from './source-history.js';
import { SourcesService } from './sources.service.js';

@Module({
  imports: [CatalogModule, DeltaModule, MedallionModule, PipelinesModule],
  controllers: [EtlController],
  providers: [SourcesService, SourceHistory, LandingService, KeptRejects, BatchLoad, LoadService, LoadRequestsService],
})
export class EtlModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /** Forms reach their route as they come in; a route that knows nothing of them sees no body. */
  onModuleInit(): void {
    // Without a server around it, as in a test, there is nothing to teach.
    const server = this.host.httpAdapter?.getInstance<FastifyInstance | undefined>();
    void server?.register(multipart);
  }
}
