import { jest } from '@jest/globals';
import type { LabFile } from '../config/lab-file.js';
import type { Problem } from '../estimators/estimator.types.js';
import type { EventBus } from '../events/event-bus.js';
import type { RegistryService } from '../registry/registry.service.js';
import type { ModelVersion, VersionChoice } from '../registry/registry.types.js';
import { ServedVersions } from './served-versions.js';

describe('ServedVersions', () => {
  const types = new Map<string, Problem>([
    ['flights_late', 'classification'],
    ['forest', 'classification'],
    ['regression_forest', 'regression'],
  ]);
  let production: number;
  let asked: number;
  let changed: () => void;
  let now: number;

  const registry = {
    typesOf: async (names: readonly string[]) => new Map([...types].filter(([name]) => names.includes(name))),
    resolve: async (model: string, choice: VersionChoice) => {
      asked++;
      return { model, version: 'alias' in choice ? production : choice.version } as ModelVersion;
    },
  } as unknown as RegistryService;
  const bus = {
    subscribe: (_type, listener) => {
      changed = listener as () => void;
      return () => undefined;
    },
  } as EventBus;
  const open = (defaultModel?: string) => new ServedVersions(registry, { defaultModel } as LabFile, bus);

  beforeEach(() => {
    [production, asked, now] = [1, 0, 1_000];
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => jest.restoreAllMocks());

  it.each([
    ['its registered name', { model_name: 'forest' }, 'forest'],
    ['its name without the type', { model_name: 'forest', model_type: 'regression' }, 'regression_forest'],
    ['its registered name before the one with a type', { model_name: 'forest', model_type: 'classification' }, 'forest'],
    ['nothing, which means the default', {}, 'flights_late'],
    ['the type of the default', { model_type: 'classification' }, 'flights_late'],
  ] as const)('finds a model by %s', async (_by, choice, model) => {
    expect(await open('flights_late').find(choice)).toMatchObject({ model, version: 1 });
  });

  it.each([
    ['an unknown name', { model_name: 'tree' }, 'MODEL_NOT_FOUND'],
    ['an unknown name of a type', { model_name: 'tree', model_type: 'regression' }, 'MODEL_NOT_FOUND'],
    ['a name of another type', { model_name: 'flights_late', model_type: 'regression' }, 'MODEL_TYPE_MISMATCH'],
    ['no name where there is no default', {}, 'NO_DEFAULT_MODEL'],
  ] as const)('refuses %s', async (_what, choice, code) => {
    await expect(open().find(choice)).rejects.toMatchObject({ code });
  });

  it('serves the version or the alias that is asked for', async () => {
    expect((await open().find({ model_name: 'forest', version: 7 })).version).toBe(7);
    expect((await open().find({ model_name: 'forest', alias: 'champion' })).version).toBe(1);
  });

  it('asks the registry once in five seconds', async () => {
    const served = open('forest');
    await Promise.all(Array.from({ length: 100 }, () => served.find({})));
    now += 4_999;
    await served.find({});
    expect(asked).toBe(1);
    production = 2;
    now += 1;
    expect((await served.find({})).version).toBe(2);
  });

  it('follows an alias at once when it moves', async () => {
    const served = open('forest');
    await served.find({});
    production = 2;
    changed();
    expect((await served.find({})).version).toBe(2);
  });

  it('does not keep an answer that was asked for before the change', async () => {
    const served = open('forest');
    const before = served.find({});
    changed();
    await before;
    production = 2;
    expect((await served.find({})).version).toBe(2);
  });

  it('does not remember that something was not there', async () => {
    const served = open();
    await expect(served.find({ model_name: 'tree' })).rejects.toThrow('There is no model "tree"');
    types.set('tree', 'regression');
    expect((await served.find({ model_name: 'tree' })).version).toBe(1);
    types.delete('tree');
  });
});
