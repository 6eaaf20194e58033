import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { PredictionNotFoundError, PredictionTooLargeError, TooManyRowsError } from '../prediction.errors.js';
import { jsonLabels } from '../prediction.schema.js';
import { PredictionService } from '../prediction.service.js';
import { KeptPredictionEntity } from './kept-prediction.entity.js';
import { type KeptPredictionRequest, modelChoiceOf } from './predictions.schema.js';

/** What one answer may take in the database: rows, and bytes, because the label of a class may be a long text. */
const MOST_ROWS = 10_000;
const MOST_BYTES = 4 * 1024 * 1024;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const BATCH = 1_000;
const DELETE_BATCH = `
  delete from lab.kept_predictions where id in (
    select id from lab.kept_predictions where created_at < now() - make_interval(days => $1) order by created_at limit $2)`;

/** The rows are called records by `/predict`, and data here. */
const asOfData = ({ errors }: InvalidInputError): InvalidInputError =>
  new InvalidInputError(errors.map(({ path, message }) => ({ path: [path.replace(/^records/, 'data')], message })));

/** Answers that can be read again by their id, for as long as PREDICTION_RETENTION_DAYS says. */
@Injectable()
export class KeptPredictions {
  constructor(
    @InjectRepository(KeptPredictionEntity) private readonly kept: Repository<KeptPredictionEntity>,
    private readonly prediction: PredictionService,
  ) {}

  /**
   * @throws {TooManyRowsError | PredictionTooLargeError} for what is too large to keep
   * @throws what {@link PredictionService.predict} throws
   */
  async predict({ data, model_id }: KeptPredictionRequest, username: string): Promise<KeptPredictionEntity> {
    if (data.length > MOST_ROWS) throw new TooManyRowsError(data.length, MOST_ROWS);
    const { version, predictions } = await this.prediction
      .predict({ records: data, ...modelChoiceOf(model_id) })
      .catch((error: unknown) => {
        throw error instanceof InvalidInputError ? asOfData(error) : error;
      });
    const labels = jsonLabels(predictions);
    const bytes = Buffer.byteLength(JSON.stringify(labels));
    if (bytes > MOST_BYTES) throw new PredictionTooLargeError(bytes, MOST_BYTES);
    const kept = {
      ...{ id: randomUUID(), modelId: model_id, model: version.model, version: version.version },
      ...{ predictions: labels, username, createdAt: new Date() },
    };
    await this.kept.insert(kept);
    return kept;
  }

  /** @throws {PredictionNotFoundError} also for one whose time is over */
  async find(id: string): Promise<KeptPredictionEntity> {
    const found = UUID.test(id) ? await this.kept.findOneBy({ id }) : null;
    if (!found) throw new PredictionNotFoundError(id);
    return found;
  }

  /** Deletes what is older, a thousand at a time, so that nobody waits for a long transaction. @returns how many */
  async trim(days: number): Promise<number> {
    for (let deleted = 0; ;) {
      const [, batch] = await this.kept.query<[unknown, number]>(DELETE_BATCH, [days, BATCH]);
      deleted += batch;
      if (batch < BATCH) return deleted;
    }
  }
}
