import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { bookFeatures } from '../../../test/fixtures/book-features.js';
import { aTaskRun, openRooms, type Rooms } from '../../../test/fixtures/rooms.js';
import { LakeService } from '../../medallion/lake.service.js';
import { MedallionModule } from '../../medallion/medallion.module.js';
import { PredictionModule } from '../../prediction/prediction.module.js';
import { PredictionService } from '../../prediction/prediction.service.js';
import { RegistryModule } from '../../registry/registry.module.js';
import { RegistryService } from '../../registry/registry.service.js';
import { TrainOptions, type TrainReport } from '../../training/train.schema.js';
import { TrainingModule } from '../../training/training.module.js';
import { TrainingService } from '../../training/training.service.js';
import { BookPredictions } from './book-predictions.js';

const PIPELINE = join(import.meta.dirname, '../../../workspace/pipelines/books.yaml');

interface Pipeline {
  readonly tasks: Readonly<Record<string, { readonly with?: unknown }>>;
}

const PRICE = { rating: 4, category: 'Poetry', availability: 'In stock' };

describe('the models of the pipeline of books', () => {
  let rooms: Rooms;
  let tasks: Pipeline['tasks'];
  let predictions: BookPredictions;

  beforeAll(async () => {
    ({ tasks } = parse(await readFile(PIPELINE, 'utf8')) as Pipeline);
    const imports = [MedallionModule, TrainingModule, RegistryModule, PredictionModule];
    rooms = await openRooms(imports, { 'pipelines/houses.yaml': undefined });
    predictions = new BookPredictions(rooms.module.get(PredictionService));
  });
  afterAll(() => rooms.close());

  /** As `books.describe` leaves it, then both trainings. */
  const train = async (books: number) => {
    const facts = { run_id: null, inputs: [], keys: ['id'], time: null, targets: ['price', 'rating'] };
    const query = { sql: bookFeatures(books) };
    await rooms.module.get(LakeService).write('gold.book_features', { mode: 'overwrite', query, facts });
    const training = rooms.module.get(TrainingService);
    const reports = [];
    for (const name of ['train_price', 'train_rating']) {
      reports.push(await training.train(TrainOptions.parse(tasks[name].with), aTaskRun()));
    }
    return reports;
  };

  it('are none while there are too few books, which fails no scrape and says why', async () => {
    for (const report of await train(3)) {
      expect(report).toMatchObject({ version: null, skipped: true, reason: expect.stringMatching(/3 row\(s\).* too few/) });
    }
    await expect(predictions.price(PRICE)).rejects.toMatchObject({ status: 503, code: 'NO_BOOK_MODEL' });
  });

  it('say what a book may cost by the better of model and baseline, and its rating by the words that tell it', async () => {
    const [price, rating] = await train(200);
    const { metrics, baseline_metrics: baseline } = price as TrainReport;
    expect([price, metrics.rmse <= baseline.rmse]).toMatchObject([{ model: 'books_price', promoted: true }, true]);
    expect(rating).toMatchObject({ model: 'books_rating', estimator: 'random_forest', promoted: true });
    const { features } = await rooms.module.get(RegistryService).resolve('books_rating', { alias: 'production' });
    expect(features.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      'price: number',
      'category: category',
      'availability: category',
      'title: text',
      'description: text',
    ]);
    const told = await predictions.price({ ...PRICE, title: 'A Light in the Attic', category: 'Unheard of' });
    expect(told).toMatchObject({ model: 'books_price:1', beats_baseline: told.estimator !== 'baseline' });
    expect([Math.abs(told.predicted_price - 35) < 10, (told.mae ?? 0) > 5]).toEqual([true, true]);
    const guess = await predictions.rating({ price: 20, category: 'Poetry' });
    expect(guess).toMatchObject({ model: 'books_rating:1', beats_baseline: true, input: { price: 20, category: 'Poetry' } });
    expect([1, 2, 3, 4, 5]).toContain(guess.predicted_rating);
  });

  it('stay when a scrape leaves too few books to train from', async () => {
    await train(5);
    expect(await predictions.price(PRICE)).toMatchObject({ model: 'books_price:1' });
  });
});
