import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../config/lab-config.js';
import type { TransformsService } from '../../medallion/models/transforms.service.js';
import { StreamDefinitions } from './stream-definitions.js';

/** A workspace with one model. */
const MODELS = { inOrder: () => [{ name: 'gold.houses', file: 'transforms/gold/houses.sql' }] } as unknown as TransformsService;

const GOOD = `name: minutes
from: { topic: sensors, time: at }
aggregate:
  window: { tumbling: 1m }
  group_by: [station]
  values: { mean: { avg: celsius } }
to: { table: gold.minutes }
`;

describe('the files of workspace/streams', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streams-'));
    await mkdir(join(folder, 'streams'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = async (files: Readonly<Record<string, string>>, samples = false): Promise<StreamDefinitions> => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, 'streams', name), text);
    const config = readConfig({ WORKSPACE_DIR: folder, SAMPLES: samples ? 'on' : 'off' });
    const definitions = new StreamDefinitions(config, MODELS);
    await definitions.onModuleInit();
    return definitions;
  };

  const changed = (from: string, to: string): string => GOOD.replace(from, to);

  it('declare streams, spans of time in milliseconds', async () => {
    const [stream] = (await open({ 'a.yaml': GOOD })).all();
    expect(stream).toMatchObject({
      name: 'minutes',
      from: { topic: 'sensors', start: 'earliest', delay: 10_000, idle: 30_000, ahead: 60_000 },
      aggregate: { window: { tumbling: 60_000, offset: 0 }, mode: 'append', allowed_lateness: 0 },
      checkpoint: 5_000,
    });
  });

  it('leave samples out where they are off', async () => {
    const sample = { 'a.yaml': `sample: true\n${GOOD}` };
    expect((await open(sample)).all()).toHaveLength(0);
    expect((await open(sample, true)).all()).toHaveLength(1);
  });

  it.each([
    ['2: from', changed('time: at', 'time: at, delya: 1s'), 'Unrecognized key: "delya"'],
    ['2: from.delay', changed('time: at', 'time: at, delay: 10'), 'is a span of time, such as 500ms, 10s, 5m, 2h or 1d'],
    ['2: from.topic', changed('sensors', '7up'), 'begins with a letter'],
    ['4: aggregate.window', changed('tumbling: 1m', 'rolling: 1m'), 'is one of { tumbling: 1m }'],
    ['4: aggregate.window.tumbling', changed('tumbling: 1m', 'tumbling: 0s'), 'is longer than 0'],
    ['4: aggregate.window.every', changed('tumbling: 1m', 'hopping: 1m, every: 5m'), 'is at most as long as the window'],
    ['6: aggregate.values.mean', changed('avg: celsius', 'average: celsius'), 'is one of { count: "*" }'],
    ['6: aggregate.values.mean.at', changed('avg: celsius', 'quantile: celsius, at: 95'), 'must be at most 1'],
    ['6: aggregate.values', changed('{ mean: { avg: celsius } }', '{}'), 'needs at least one value'],
    ['6: aggregate.values.station', changed('mean:', 'station:'), '"station" is a column already'],
    ['7: to', changed('to: { table: gold.minutes }', 'to: {}'), 'needs at least one of topic, table, postgres and webhook'],
    ['7: to.table', changed('gold.minutes', 'bronze.minutes'), 'is a table of the lake that no model builds'],
    ['7: to.topic', changed('table: gold.minutes', 'topic: sensors'), 'is the topic that it reads'],
    ['7: to.topic', changed('table: gold.minutes', 'topic: a.dlq'), 'ends with ".dlq", as dead letters do'],
    ['8: most_entries', `${GOOD}most_entries: 0\n`, 'must be at least 1'],
    ['8: most_entries', `${GOOD}most_entries: many\n`, 'must be a number, not text'],
    ['8: filter', `${GOOD}filter: kind = 'indoor'\n`, 'must be a list, not text'],
    ['9: filter.0', `${GOOD}filter:\n  - { field: kind }\n`, 'needs a test: equals, not, in, above'],
    ['9: filter.0', `${GOOD}filter:\n  - { field: kind, like: in% }\n`, 'Unrecognized key: "like"'],
    ['9: filter.0.field', `${GOOD}filter:\n  - { field: a b, equals: 1 }\n`, 'is the name of a field, with dots into objects'],
    ['10: filter.1.above', `${GOOD}filter:\n  - { field: a, in: [1] }\n  - { field: a, above: [1] }\n`, 'is a number or text'],
    ['9: filter.0.in', `${GOOD}filter:\n  - { field: kind, in: [] }\n`, 'must not be empty'],
    ['1: from', GOOD.replace('from: { topic: sensors, time: at }', ''), 'is missing'],
    ['1: ', 'name: minutes\nfrom: { topic: a }\nto: { topic: b }\n', 'needs one of aggregate'],
    ['2: ', 'name: [\n', 'must be sufficiently indented'],
  ])('say in line %s what is wrong', async (place, text, reason) => {
    const failure = await open({ 'a.yaml': text }).catch((error: unknown) => error as Error);
    expect(failure).toBeInstanceOf(Error);
    expect((failure as Error).message).toContain(`streams/a.yaml:${place}`);
    expect((failure as Error).message).toContain(reason);
  });

  it('may not write to the same place', async () => {
    const other = changed('name: minutes', 'name: others');
    await expect(open({ 'a.yaml': GOOD, 'b.yaml': other })).rejects.toThrow(
      /b\.yaml:7: to\.table: "gold\.minutes" is that of .*a\.yaml already/,
    );
  });

  it('may not write to a table that a model builds', async () => {
    await expect(open({ 'a.yaml': changed('gold.minutes', 'gold.houses') })).rejects.toThrow(
      /streams\/a\.yaml:7: to\.table: "gold\.houses" is built by .*\/transforms\/gold\/houses\.sql: a stream needs a table of its own/,
    );
  });

  it('tell of every mistake in every file', async () => {
    const files = { 'a.yaml': changed('1m', '1 minute'), 'b.yaml': changed('gold.', 'gold/') };
    await expect(open(files)).rejects.toThrow(/a\.yaml:4[^]*b\.yaml:7/);
  });
});
