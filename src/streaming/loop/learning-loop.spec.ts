import { openRooms, type Rooms } from '../../../test/fixtures/rooms.js';
import type { LoopSettings } from '../../config/lab-config.js';
import { StreamLog } from '../../engines/stream/stream.port.js';
import { TopicsService } from '../../ingestion/topics.service.js';
import { RegistryService } from '../../registry/registry.service.js';
import { Consumer } from './consuming/consumer.js';
import { EvaluationReport } from './consuming/evaluation-report.js';
import { DRIFT_EVERY, generation, type GenerationPlan } from './generating/generation.js';
import { LoopModule } from './loop.module.js';
import { LoopTopics, TOPICS } from './loop-topics.js';
import { Normalizer } from './normalising/normalizer.js';
import { keyOf } from './record-mark.js';
import { MODEL } from './training/salary-model.js';
import { SalaryPredictions } from './training/salary-predictions.js';
import { ServedSalary } from './training/served-salary.js';
import { Trainer } from './training/trainer.js';

const RECORDS = 100;
/** Switched off, so that the people come when a test sends them. */
const settings = {
  ...{ on: false, recordsPerSecond: RECORDS, trainMs: Infinity, seed: 42, drift: false, dirt: 0, ports: [] },
} satisfies LoopSettings;

/** In the order of one story: what comes later builds on what was learnt before. */
describe('the learning loop', () => {
  let rooms: Rooms;
  const get = <T>(token: abstract new (...args: never[]) => T): T => rooms.module.get(token, { strict: false });

  beforeAll(async () => {
    rooms = await openRooms([LoopModule], { 'pipelines/houses.yaml': undefined }, new Map(), { loop: settings });
    await get(LoopTopics).ensure();
  });
  afterAll(() => rooms?.close());

  const feed = async (number: number, overrides: Partial<GenerationPlan> = {}): Promise<void> => {
    const plan = { seed: 42, number, records: RECORDS, drift: false, dirt: 0, at: new Date(), ...overrides };
    const keys = Array.from({ length: RECORDS }, (_, index) => keyOf({ generation: number, index }));
    await get(LoopTopics).append(TOPICS.records, generation(plan), keys);
  };
  const messagesOf = async (topic: string): Promise<number> => {
    const [{ begin, end }] = await get(StreamLog).ranges(topic);
    return end - begin;
  };
  const until = async <T>(read: () => Promise<T>, wished: (value: T) => boolean): Promise<T> => {
    for (let tries = 0; tries < 1_000; tries++) {
      const value = await read();
      if (wished(value)) return value;
      await new Promise((wait) => setTimeout(wait, 20));
    }
    throw new Error(`Never as wished; last: ${JSON.stringify(await read())}`);
  };
  const normalised = (rows: number) =>
    until(
      () => get(Normalizer).state(),
      (state) => state.rows === rows,
    );

  it('scales the sound records, and puts the spoilt ones aside', async () => {
    get(Normalizer).open();
    await feed(0, { dirt: 0.2 });
    const { rows } = await until(
      () => get(Normalizer).state(),
      ({ batches }) => batches > 0,
    );
    expect(rows).toBeLessThan(90);
    expect([await messagesOf(TOPICS.normalized), await messagesOf(`${TOPICS.records}.dlq`)]).toEqual([rows, RECORDS - rows]);
  });

  it('takes a generation once that a killed generator made twice', async () => {
    const { rows } = await get(Normalizer).state();
    for (const number of [0, 1, 1]) await feed(number);
    await feed(2);
    await normalised(rows + 2 * RECORDS);
    expect(await messagesOf(TOPICS.normalized)).toBe(rows + 2 * RECORDS);
  });

  it('has no answer before there is a model', async () => {
    await expect(get(SalaryPredictions).answer([{ idade: 34 }])).rejects.toMatchObject({ code: 'NO_SALARY_MODEL', status: 503 });
  });

  it('trains a model that answers in reais, from the age alone as well', async () => {
    const { rows } = await get(Normalizer).state();
    for (let number = 3; number < 10; number++) await feed(number);
    await normalised(rows + 7 * RECORDS);
    get(Trainer).open();
    await until(
      () => get(ServedSalary).find(),
      (model) => model !== undefined,
    );
    const questions = [{ idade: 50 }, { idade: 22 }, { idade: 50, cargo: 'Médico' }, { idade: 50, cargo: 'Astronauta' }];
    const { values } = await get(SalaryPredictions).answer(questions);
    const [old, young, doctor, astronaut] = values;
    expect(old).toBeGreaterThan(1.2 * young);
    expect(young).toBeGreaterThan(3_000);
    expect(doctor).toBeGreaterThan(18_000);
    expect(astronaut).toBe(old);
  });

  it('registers with the model what it was scaled by, and how good it is beside its baseline', async () => {
    const [{ params, metrics, baselineMetrics, dataset }] = await get(RegistryService).versions(MODEL);
    const { parameters } = (await get(Normalizer).state()).population;
    expect(params).toMatchObject({ normalizer: { version: parameters?.version }, generations: { from: 0, through: 9 } });
    expect(dataset).toEqual({ name: TOPICS.normalized, version: 9 });
    expect(metrics.rmse).toBeLessThan(baselineMetrics.rmse / 2);
  });

  it('counts the errors of those whom the model had not seen', async () => {
    get(Consumer).open();
    await until(
      () => get(Consumer).state(),
      ({ last }) => last?.generation === 9,
    );
    const report = () => get(EvaluationReport).make({ minutes: 60, span: 60, residuals: 100 });
    expect(await report()).toMatchObject({ rows: 0, mse: null, r2: null, residuals: [], over_time: [] });
    await feed(10);
    await until(
      () => get(Consumer).state(),
      ({ last }) => last?.generation === 10,
    );
    const { rows, r2, by_age, residuals } = await report();
    expect([rows, by_age.reduce((sum, band) => sum + band.rows, 0), residuals.length]).toEqual([RECORDS, RECORDS, RECORDS]);
    expect(r2).toBeGreaterThan(0.8);
  });

  it('forgets the old world when its errors rise', async () => {
    for (let number = 1; number <= 5; number++) await feed(DRIFT_EVERY + number, { drift: true });
    await until(
      () => get(Trainer).state(),
      ({ drifts }) => drifts === 1,
    );
    const model = await until(
      () => get(ServedSalary).find(),
      (found) => (found?.trainedOn.generations.from ?? 0) > 10,
    );
    expect(model?.trainedOn.generations).toEqual({ from: DRIFT_EVERY + 1, through: DRIFT_EVERY + 5 });
  });

  it('goes on after a restart as if nothing had been', async () => {
    const before = [await get(Normalizer).state(), await get(Consumer).state(), await get(Trainer).state()];
    const { rows } = await get(Normalizer).state();
    await rooms.reopen();
    expect([await get(Normalizer).state(), await get(Consumer).state(), await get(Trainer).state()]).toEqual(before);
    settings.trainMs = 0;
    for (const part of [get(Normalizer), get(Trainer), get(Consumer)]) part.open();
    await feed(DRIFT_EVERY + 6, { drift: true });
    await normalised(rows + RECORDS);
    const model = await until(
      () => get(ServedSalary).find(),
      (found) => found?.trainedOn.generations.through === DRIFT_EVERY + 6,
    );
    expect(model?.trainedOn.generations.from).toBe(DRIFT_EVERY + 1);
  });

  it('reads on in a topic that somebody has deleted', async () => {
    const { rows } = await get(Normalizer).state();
    await rooms.reopen();
    await get(TopicsService).delete(TOPICS.records);
    await feed(DRIFT_EVERY + 6);
    await feed(DRIFT_EVERY + 7);
    get(Normalizer).open();
    await normalised(rows + RECORDS);
  });
});
