import { Module } from '@nestjs/common';
import { DeltaModule } from '../delta/delta.module.js';
import { PreviewController } from './preview.controller.js';
import { PreviewService } from './preview.service.js';

@Module({ imports: [DeltaModule], controllers: [PreviewController], providers: [PreviewService] })
export class QueryModule {}
