import { Module } from '@nestjs/common';
import { AlertsModule } from '../alerts/alerts.module.js';
import { DeltaModule } from '../delta/delta.module.js';
import { HttpModule } from '../http/http.module.js';
import { MedallionModule } from '../medallion/medallion.module.js';
import { PredictionModule } from '../prediction/prediction.module.js';
import { AnnouncingService } from './announcing/announcing.service.js';
import { BookMetrics } from './announcing/book-metrics.js';
import { BookUpdates } from './announcing/book-updates.js';
import { CachedAnswers } from './answers/cached-answers.js';
import { BooksController } from './books.controller.js';
import { CatalogueService } from './catalogue.service.js';
import { CatalogueReader } from './catalogue-reader.js';
import { DescribingService } from './describing/describing.service.js';
import { SentimentController } from './describing/sentiment.controller.js';
import { BookFeatures } from './predicting/book-features.js';
import { BookPredictions } from './predicting/book-predictions.js';
import { PredictingController } from './predicting/predicting.controller.js';
import { RecommendationsController } from './recommending/recommendations.controller.js';
import { StatisticsController } from './statistics.controller.js';

@Module({
  imports: [AlertsModule, DeltaModule, HttpModule, PredictionModule, MedallionModule],
  controllers: [BooksController, StatisticsController, PredictingController, SentimentController, RecommendationsController],
  providers: [
    AnnouncingService,
    BookMetrics,
    BookUpdates,
    CatalogueReader,
    CatalogueService,
    CachedAnswers,
    BookFeatures,
    BookPredictions,
    DescribingService,
  ],
})
export class BooksModule {}
