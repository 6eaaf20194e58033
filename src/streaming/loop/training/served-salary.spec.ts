import { jest } from '@jest/globals';
import { fit } from '../../../estimators/estimators.service.js';
import type { EventBus, ModelChanged } from '../../../events/event-bus.js';
import { ModelDamagedError, ModelNotFoundError } from '../../../registry/registry.errors.js';
import type { RegistryService } from '../../../registry/registry.service.js';
import type { ModelVersion } from '../../../registry/registry.types.js';
import { generation } from '../generating/generation.js';
import { LoopRecord } from '../loop-record.js';
import { NOBODY, withRows } from '../normalising/parameters.js';
import { MODEL } from './salary-model.js';
import { ServedSalary } from './served-salary.js';
import { TrainingWindow } from './training-window.js';

describe('the model in production', () => {
  const people = generation({ seed: 1, number: 0, records: 300, drift: false, dirt: 0, at: new Date(0) });
  const records = people.map((one) => LoopRecord.parse(one));
  const { parameters } = withRows(NOBODY, records);
  let version: ModelVersion;
  let listener: (event: ModelChanged) => void;
  const resolve = jest.fn<RegistryService['resolve']>();
  const load = jest.fn<RegistryService['load']>();
  const open = (): ServedSalary => {
    const subscribe = (_type: string, heard: typeof listener) => {
      listener = heard;
      return () => undefined;
    };
    return new ServedSalary({ resolve, load } as unknown as RegistryService, { subscribe } as unknown as EventBus);
  };

  beforeAll(async () => {
    const window = new TrainingWindow(1_000);
    window.add(records.map((record) => ({ ...record, generation: record.geracao_id })));
    const model = await fit('random_forest', window.set(), { n_trees: 5 }, { seed: 1, workers: 0 });
    const params = { normalizer: parameters, generations: { from: 0, through: 0 } };
    version = { model: MODEL, version: 1, params } as unknown as ModelVersion;
    load.mockResolvedValue(model);
  });
  beforeEach(() => {
    load.mockClear();
    resolve.mockReset().mockResolvedValue(version);
  });

  it('is loaded once, and again when another one is', async () => {
    const served = open();
    const [first, second] = await Promise.all([served.current(), served.current()]);
    expect([first === second, load.mock.calls.length]).toEqual([true, 1]);
    resolve.mockResolvedValue({ ...version, version: 2 });
    expect((await served.current()).id).toBe(`${MODEL}:1`);
    listener({ type: 'model.changed', model: MODEL });
    expect((await served.current()).id).toBe(`${MODEL}:2`);
  });

  it('fills an idh with the mean, and a cargo with all there are', async () => {
    const model = await open().current();
    const { numbers, cargos } = model.trainedOn.normalizer;
    const idh = numbers.idh.mean;
    const each = model.predict(Object.keys(cargos).map((cargo) => ({ idade: 40, idh, cargo })));
    const mean = Object.values(cargos).reduce((sum, share, index) => sum + share * each[index], 0);
    expect(model.predict([{ idade: 40 }, { idade: 40, cargo: 'toString' }])).toEqual(Float64Array.of(mean, mean));
  });

  it.each<[string, () => void, string]>([
    ['there is none', () => resolve.mockRejectedValue(new ModelNotFoundError(MODEL)), 'NO_SALARY_MODEL'],
    ['it was made by others', () => resolve.mockResolvedValue({ ...version, params: {} }), 'FOREIGN_SALARY_MODEL'],
    ['its file is damaged', () => load.mockRejectedValueOnce(new ModelDamagedError(MODEL, 1, 'Lost.')), 'MODEL_DAMAGED'],
  ])('says so when %s, and is nobody else in the way', async (_, breaks, code) => {
    breaks();
    await expect(open().current()).rejects.toMatchObject({ code, status: 503 });
    breaks();
    expect(await open().find()).toBeUndefined();
  });
});
