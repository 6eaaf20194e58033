import { Events1767225600001 } from './0001-events.js';
import { Auth1767225600010 } from './0010-auth.js';
import { Pipelines1767225600020 } from './0020-pipelines.js';
import { Registry1767225600030 } from './0030-registry.js';
import { Catalog1767225600040 } from './0040-catalog.js';
import { Jobs1767225600050 } from './0050-jobs.js';
import { RunRetention1767225600051 } from './0051-run-retention.js';
import { Prediction1767225600060 } from './0060-prediction.js';
import { SchemaChanges1767225600080 } from './0080-schema-changes.js';
import { ModelClaims1767225600090 } from './0090-model-claims.js';
import { DatasetConstraints1767225600110 } from './0110-dataset-constraints.js';
import { Scraping1767225600120 } from './0120-scraping.js';
import { ScrapedAddresses1767225600121 } from './0121-scraped-addresses.js';
import { Stream1767225600130 } from './0130-stream.js';
import { Topics1767225600131 } from './0131-topics.js';
import { TopicLandings1767225600132 } from './0132-topic-landings.js';
import { Streaming1767225600133 } from './0133-streaming.js';
import { LearningLoop1767225600135 } from './0135-learning-loop.js';
import { StreamTopic1767225600136 } from './0136-stream-topic.js';
import { LandingBegins1767225600137 } from './0137-landing-begins.js';
import { Warehouse1767225600142 } from './0142-warehouse.js';
import { Profiles1767225600143 } from './0143-profiles.js';
import { QualityByTime1767225600144 } from './0144-quality-by-time.js';

/** In the order in which they run. A migration that has been released is never changed: the next one mends it. */
export const migrations = [
  Events1767225600001,
  Auth1767225600010,
  Pipelines1767225600020,
  Registry1767225600030,
  Catalog1767225600040,
  Jobs1767225600050,
  RunRetention1767225600051,
  Prediction1767225600060,
  SchemaChanges1767225600080,
  ModelClaims1767225600090,
  DatasetConstraints1767225600110,
  Scraping1767225600120,
  ScrapedAddresses1767225600121,
  Stream1767225600130,
  Topics1767225600131,
  TopicLandings1767225600132,
  Streaming1767225600133,
  LearningLoop1767225600135,
  StreamTopic1767225600136,
  LandingBegins1767225600137,
  Warehouse1767225600142,
  Profiles1767225600143,
  QualityByTime1767225600144,
];
