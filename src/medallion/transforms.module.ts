import { Module } from '@nestjs/common';
import { PipelinesModule } from '../pipelines/pipelines.module.js';
import { MedallionModule } from './medallion.module.js';
import { TransformListing } from './planning/transform-listing.js';
import { TransformsController } from './planning/transforms.controller.js';

/** The SQL models over HTTP. Apart from its room, which starts no jobs. */
@Module({
  imports: [MedallionModule, PipelinesModule],
  controllers: [TransformsController],
  providers: [TransformListing],
})
export class TransformsModule {}
