import type { Model } from '../estimators/estimator.types.js';
import type { ModelVersion } from '../registry/registry.types.js';
import { ModelCache } from './model-cache.js';

const aVersion = (version: number, bytes = 10): ModelVersion => ({ model: 'flights_late', version, bytes }) as ModelVersion;

describe('ModelCache', () => {
  let loaded: number[];
  const load = async ({ version }: ModelVersion): Promise<Model> => {
    loaded.push(version);
    return { estimator: `version ${version}` } as Model;
  };
  beforeEach(() => {
    loaded = [];
  });

  it('loads a version once for a hundred requests at the same time', async () => {
    const cache = new ModelCache(load, 100);
    const models = await Promise.all(Array.from({ length: 100 }, () => cache.get(aVersion(1))));
    expect([loaded, new Set(models).size]).toEqual([[1], 1]);
  });

  it('forgets what was used longest ago when the files are over its bound', async () => {
    const cache = new ModelCache(load, 20);
    for (const version of [1, 2, 1, 3, 1, 2]) await cache.get(aVersion(version));
    expect(loaded).toEqual([1, 2, 3, 2]);
  });

  it('keeps a model that alone is over its bound while nothing else is asked for', async () => {
    const cache = new ModelCache(load, 20);
    for (const version of [1, 1, 1]) await cache.get(aVersion(version, 1_000));
    expect(loaded).toEqual([1]);
  });

  it('does not remember a load that failed', async () => {
    let fails = true;
    const cache = new ModelCache((version) => (fails ? Promise.reject(new Error('no storage')) : load(version)), 100);
    await expect(cache.get(aVersion(1))).rejects.toThrow('no storage');
    fails = false;
    expect((await cache.get(aVersion(1))).estimator).toBe('version 1');
  });
});
