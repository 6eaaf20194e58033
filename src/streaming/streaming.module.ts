import { Module } from '@nestjs/common';
import { AlertsModule } from '../alerts/alerts.module.js';
import { DeltaModule } from '../delta/delta.module.js';
import { HttpModule } from '../http/http.module.js';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { MedallionModule } from '../medallion/medallion.module.js';
import { StreamDefinitions } from './definition/stream-definitions.js';
import { Deliveries } from './outputs/deliveries.js';
import { type Output, OUTPUTS } from './outputs/delivery.types.js';
import { LateOutput } from './outputs/late.output.js';
import { LettersOutput } from './outputs/letters.output.js';
import { PostgresRows } from './outputs/postgres-rows.js';
import { TableOutput } from './outputs/table.output.js';
import { TopicOutput } from './outputs/topic.output.js';
import { TopicWriter } from './outputs/topic-writer.js';
import { WebhookOutput } from './outputs/webhook.output.js';
import { Checkpoints } from './processing/checkpoints.js';
import { SourceTopic } from './processing/source-topic.js';
import { StreamGauges } from './processing/stream-gauges.js';
import { StreamLeases } from './processing/stream-leases.js';
import { StreamParts } from './processing/stream-run.js';
import { StreamRunner } from './processing/stream-runner.js';
import { StreamSettings } from './processing/stream-settings.js';
import { SamplesService } from './samples/samples.service.js';
import { StreamsController } from './streams.controller.js';
import { StreamsService } from './streams.service.js';

/** Every place to which streams bring what they have to say, but for PostgreSQL. */
const OUTPUT_CLASSES = [TopicOutput, TableOutput, LateOutput, LettersOutput, WebhookOutput];

@Module({
  imports: [AlertsModule, DeltaModule, HttpModule, IngestionModule, MedallionModule],
  controllers: [StreamsController],
  providers: [
    ...[StreamDefinitions, StreamGauges, StreamLeases, StreamParts, StreamRunner, StreamsService, SamplesService],
    ...[Checkpoints, SourceTopic, Deliveries, PostgresRows, TopicWriter, ...OUTPUT_CLASSES],
    { provide: OUTPUTS, inject: OUTPUT_CLASSES, useFactory: (...outputs: Output[]): readonly Output[] => outputs },
    { provide: StreamSettings, useValue: new StreamSettings() },
  ],
})
export class StreamingModule {}
