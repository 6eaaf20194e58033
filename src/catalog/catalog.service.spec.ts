import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { openTestDatabase, testDatabaseModules } from '../../test/fixtures/postgres.js';
import { DatasetNotFoundError } from './catalog.errors.js';
import { CatalogModule } from './catalog.module.js';
import { CatalogService } from './catalog.service.js';
import type { CommittedVersion, DatasetState, QualityCheck } from './catalog.types.js';
import { DatasetQuery } from './dataset.schema.js';
import { QualityRetention } from './quality-retention.js';

const aCommit = (overrides: Partial<CommittedVersion> = {}): CommittedVersion => ({
  dataset: 'gold.routes',
  version: 0,
  timestamp: new Date('2026-01-01T00:00:00Z'),
  operation: 'WRITE',
  rowsAdded: 10,
  rowsRemoved: 0,
  filesAdded: 1,
  filesRemoved: 0,
  runId: null,
  inputs: [{ name: 'silver.flights', version: 3 }],
  ...overrides,
});

const aState = (overrides: Partial<DatasetState> = {}): DatasetState => ({
  description: 'Delays by route',
  rows: 10,
  bytes: 100,
  files: 1,
  columns: [{ name: 'origin', type: 'VARCHAR', nullable: true, description: null }],
  partitions: [],
  constraints: [],
  roles: { keys: ['origin'], time: null, targets: [] },
  ...overrides,
});

const aCheck = (overrides: Partial<QualityCheck> = {}): QualityCheck => ({
  expectation: 'not_null',
  columns: ['origin'],
  severity: 'drop',
  description: 'origin is missing',
  status: 'passed',
  checked_rows: 10,
  failed_rows: 0,
  ...overrides,
});

const page = { limit: 50, offset: 0 };
const query = (overrides: Partial<DatasetQuery> = {}): DatasetQuery => ({ ...DatasetQuery.parse({}), ...overrides });

describe('CatalogService', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let module: TestingModule;
  let catalog: CatalogService;

  beforeEach(async () => {
    database = await openTestDatabase();
    module = await Test.createTestingModule({ imports: [...testDatabaseModules(database.url), CatalogModule] }).compile();
    await module.init();
    catalog = module.get(CatalogService);
  });
  afterEach(async () => {
    await module.close();
    await database.close();
  });

  it('knows a table as of its newest version', async () => {
    await catalog.record(aCommit(), aState());
    await catalog.record(aCommit({ version: 1 }), aState({ rows: 20 }));
    expect(await catalog.find('gold.routes')).toMatchObject({ version: 1, rows: 20, layer: 'gold', keys: ['origin'] });
    expect(await catalog.knownVersion('gold.routes')).toBe(1);
  });

  it('keeps the newest state when commits are recorded in the wrong order', async () => {
    await catalog.record(aCommit({ version: 1 }), aState({ rows: 20 }));
    await catalog.record(aCommit({ version: 0 }), aState({ rows: 10 }));
    expect((await catalog.find('gold.routes')).rows).toBe(20);
    expect((await catalog.versions('gold.routes', page)).items.map(({ version }) => version)).toEqual([1, 0]);
  });

  it('keeps what is known of its columns through a commit that says nothing of them', async () => {
    await catalog.record(aCommit(), aState({ roles: { keys: ['origin'], time: 'day', targets: ['late'] } }));
    await catalog.record(aCommit({ version: 1 }), aState({ rows: 20, roles: undefined }));
    const known = { keys: ['origin'], time: 'day', targets: ['late'] };
    expect(await catalog.find('gold.routes')).toMatchObject({ version: 1, rows: 20, ...known });
    await catalog.record(aCommit({ version: 2 }), aState({ roles: { keys: [], time: null, targets: [] } }));
    expect(await catalog.find('gold.routes')).toMatchObject({ keys: [], time: null, targets: [] });
  });

  it('records a commit and its checks once, however often it is told', async () => {
    for (let time = 0; time < 2; time++) await catalog.record(aCommit(), aState(), { checks: [aCheck()] });
    const [versions, checks] = await Promise.all([catalog.versions('gold.routes', page), catalog.quality('gold.routes', page)]);
    expect([versions.total, checks.total]).toEqual([1, 1]);
    expect(versions.items[0].inputs).toEqual([{ name: 'silver.flights', version: 3 }]);
  });

  it('keeps what the checks found that stopped the very first build', async () => {
    await catalog.recordChecks('gold.routes', null, null, [aCheck({ status: 'failed', severity: 'fail', failed_rows: 3 })]);
    expect((await catalog.quality('gold.routes', page)).items).toEqual([
      expect.objectContaining({ version: null, status: 'failed', failed_rows: 3 }),
    ]);
  });

  it('tells the newest result of each expectation alone when asked', async () => {
    const checks = [aCheck(), aCheck({ description: 'origin is long', expectation: 'length' })];
    await catalog.record(aCommit(), aState(), { checks });
    await catalog.recordChecks('gold.routes', null, null, [aCheck({ status: 'failed', failed_rows: 1 })]);
    const { items, total } = await catalog.quality('gold.routes', { ...page, latest: true });
    expect([total, items.map(({ expectation, status, description }) => [expectation, status, description])]).toEqual([
      2,
      [
        ['not_null', 'failed', 'origin is missing'],
        ['length', 'passed', 'origin is long'],
      ],
    ]);
  });

  it('forgets results that are past their time, but the newest of each expectation', async () => {
    for (let time = 0; time < 3; time++) await catalog.recordChecks('gold.routes', time, null, [aCheck()]);
    await module.get(DataSource).query(`update lab.quality_results set checked_at = checked_at - interval '200 days'`);
    for (const time of [3, 4]) await catalog.recordChecks('gold.routes', time, null, [aCheck({ expectation: 'length' })]);
    await module.get(QualityRetention).work();
    expect((await catalog.quality('gold.routes', page)).items.map(({ version }) => version)).toEqual([4, 3, 2]);
  });

  it('finds tables by layer, by part of a name with wildcards in it, and in the order asked for', async () => {
    await catalog.record(aCommit(), aState());
    await catalog.record(aCommit({ dataset: 'silver.flights' }), aState({ rows: 30, description: '100% of them' }));
    const names = async (overrides: Partial<DatasetQuery>) =>
      (await catalog.list(query(overrides))).items.map(({ name }) => name);
    expect(await names({ layer: 'gold' })).toEqual(['gold.routes']);
    expect(await names({ q: '0% o' })).toEqual(['silver.flights']);
    expect(await names({ q: '_' })).toEqual([]);
    expect(await names({ sort: '-rows' })).toEqual(['silver.flights', 'gold.routes']);
  });

  it('counts beyond what 32 bits hold', async () => {
    await catalog.record(aCommit({ rowsAdded: 5_000_000_000 }), aState({ rows: 5_000_000_000 }));
    expect((await catalog.find('gold.routes')).rows).toBe(5_000_000_000);
  });

  describe.each(['find', 'versions', 'quality', 'schemaChanges'] as const)('says how to go on when %s', (method) => {
    it.each(['gold.nothing', 'no\0table', '../etc', ''])('meets the unknown table %j', async (name) => {
      await expect(catalog[method](name, page)).rejects.toThrow(DatasetNotFoundError);
    });
  });

  it('does not look for text that no table can have', () => {
    expect(DatasetQuery.safeParse({ q: 'a\0b' }).success).toBe(false);
  });
});
