import { setTimeout as sleep } from 'node:timers/promises';
import { aGate, aPipeline, PipelineLab, type PipelineLabOptions } from '../../../test/fixtures/pipelines.js';
import { openTestDatabase } from '../../../test/fixtures/postgres.js';
import type { RunSummary } from '../run.schema.js';
import { lastTimesOf, MOST_MADE_UP_FOR, nextTimeOf, PipelineSchedule } from './pipeline-schedule.js';

const EVERY_SECOND = { schedule: '* * * * * *' };
const NEVER_SOON = { schedule: '0 4 29 2 *' };

describe('the time of a schedule', () => {
  const daily = { schedule: '0 4 * * *', time_zone: 'America/Sao_Paulo' };

  it('is read in the time zone of the pipeline', () => {
    expect(nextTimeOf(daily, new Date('2026-01-31T07:00:00Z'))?.toISOString()).toBe('2026-02-01T07:00:00.000Z');
  });

  const last = (scheduled: typeof daily, since: Date, until: string, most = 1): string[] =>
    lastTimesOf(scheduled, { since, until: new Date(until), most }).map((time) => time.toISOString());

  it('is the one that a timer meant, however late it is', () => {
    const since = new Date('2026-01-31T07:00:00Z');
    expect(last(daily, since, '2026-02-01T07:00:02Z')).toEqual(['2026-02-01T07:00:00.000Z']);
    expect(last(daily, since, '2026-02-03T12:00:00Z')).toEqual(['2026-02-03T07:00:00.000Z']);
  });

  it('is each one since a moment, oldest first, or as many of the newest as are asked for', () => {
    const since = new Date('2026-01-31T07:00:00Z');
    const times = ['2026-02-01T07:00:00.000Z', '2026-02-02T07:00:00.000Z', '2026-02-03T07:00:00.000Z'];
    expect(last(daily, since, '2026-02-03T12:00:00Z', 100)).toEqual(times);
    expect(last(daily, since, '2026-02-03T12:00:00Z', 2)).toEqual(times.slice(1));
  });

  it('is found at once in a schedule of seconds after a long pause', () => {
    const seconds = { schedule: '* * * * * *', time_zone: 'UTC' };
    const times = last(seconds, new Date('2020-01-01T00:00:00Z'), '2026-02-01T07:01:00.100Z', 100);
    expect([times.length, times[0], times[99]]).toEqual([100, '2026-02-01T06:59:21.000Z', '2026-02-01T07:01:00.000Z']);
  });

  it('counts for a timer that is a moment early, and only once', () => {
    const [time] = last(daily, new Date('2026-01-31T07:00:00Z'), '2026-02-01T06:59:59.999Z');
    expect([time, last(daily, new Date(time), '2026-02-01T07:00:00.001Z')]).toEqual(['2026-02-01T07:00:00.000Z', []]);
  });
});

describe('PipelineSchedule', () => {
  let database: { url: string; close(): Promise<void> };
  let labs: PipelineLab[];
  beforeEach(async () => {
    database = await openTestDatabase();
    labs = [];
  });
  afterEach(async () => {
    await Promise.all(labs.map((lab) => lab.close()));
    await database.close();
  });

  async function aProcess(options: PipelineLabOptions): Promise<PipelineLab> {
    const lab = await PipelineLab.open(database.url, options);
    labs.push(lab);
    return lab;
  }

  const runsOf = async (lab: PipelineLab, name: string): Promise<RunSummary[]> =>
    (await lab.history.list(name, { limit: 100, offset: 0 })).items;

  it('makes the run as skipped while the one before it is not over', async () => {
    const gate = aGate();
    const lab = await aProcess({ pipelines: [aPipeline('tick', { a: {} }, EVERY_SECOND)], works: { a: () => gate.passed } });
    while ((await runsOf(lab, 'tick')).length < 2) await sleep(20);
    const runs = (await runsOf(lab, 'tick')).reverse();
    gate.open();
    expect(runs[0].status).toBe('running');
    expect(runs[1]).toMatchObject({ status: 'skipped', error: `Not run, because the run ${runs[0].id} was not over yet.` });
    expect((await lab.history.find(runs[1].id)).tasks).toMatchObject([{ status: 'skipped' }]);
  });

  it('is followed only while the pipeline is enabled, in every process', async () => {
    const pipelines = [aPipeline('tick', { a: {} }, EVERY_SECOND)];
    const [one] = [await aProcess({ pipelines }), await aProcess({ pipelines })];
    await one.app.get(PipelineSchedule).setEnabled('tick', false);
    // The other one hears of it a moment later.
    await sleep(500);
    const before = (await runsOf(one, 'tick')).length;
    await sleep(1_500);
    expect(await runsOf(one, 'tick')).toHaveLength(before);
    expect(await one.app.get(PipelineSchedule).disabled()).toEqual(new Set(['tick']));
  });

  it('is off from the start when its file says so, until somebody switches it on', async () => {
    const pipelines = [aPipeline('tick', { a: {} }, { ...EVERY_SECOND, enabled: false, start: 'when_empty' })];
    const lab = await aProcess({ pipelines });
    await sleep(1_500);
    expect(await runsOf(lab, 'tick')).toEqual([]);
    await lab.app.get(PipelineSchedule).setEnabled('tick', true);
    while ((await runsOf(lab, 'tick')).length === 0) await sleep(20);
    expect(await lab.app.get(PipelineSchedule).disabled()).toEqual(new Set());
  });

  it('fires no more after the shutdown', async () => {
    const lab = await PipelineLab.open(database.url, { pipelines: [aPipeline('tick', { a: {} }, EVERY_SECOND)] });
    await lab.close();
    const watcher = await aProcess({ pipelines: [aPipeline('tick', { a: {} }, NEVER_SOON)] });
    const before = (await runsOf(watcher, 'tick')).length;
    await sleep(1_200);
    expect(await runsOf(watcher, 'tick')).toHaveLength(before);
  });

  describe('after a pause of all processes', () => {
    const DAY_MS = 86_400_000;
    const daily = (missed: string): string[] => [aPipeline('daily', { a: {} }, { schedule: '0 4 * * *', missed })];
    const fourOClock = (daysAgo: number): Date =>
      new Date(Math.floor((Date.now() - 4 * 3_600_000) / DAY_MS - daysAgo) * DAY_MS + 4 * 3_600_000);

    /** One that ran for a time of some days ago, and does not run now. */
    async function aPause(missed: string, daysAgo: number): Promise<void> {
      const before = await PipelineLab.open(database.url, { pipelines: daily(missed) });
      await before.pipelines.triggerAt('daily', fourOClock(daysAgo));
      await before.close();
    }

    const timesOf = async (lab: PipelineLab): Promise<(string | undefined)[]> =>
      (await runsOf(lab, 'daily')).map(({ scheduled_at }) => scheduled_at).toSorted();
    const daysAgo = (...days: number[]): string[] => days.map((day) => fourOClock(day).toISOString());

    it.each([
      ['skip', [5]],
      ['run_once', [5, 0]],
      ['run_all', [5, 4, 3, 2, 1, 0]],
    ])('missed: %s has its runs once, whoever starts first', async (missed, days) => {
      await aPause(missed, 5);
      const [one] = await Promise.all([aProcess({ pipelines: daily(missed) }), aProcess({ pipelines: daily(missed) })]);
      expect(await timesOf(one)).toEqual(daysAgo(...days));
    });

    it('each missed time waits for the one before it', async () => {
      await aPause('run_all', 3);
      const begun: string[] = [];
      const lab = await aProcess({ pipelines: daily('run_all'), works: { a: async ({ runId }) => void begun.push(runId) } });
      const missed = (await runsOf(lab, 'daily')).filter(({ scheduled_at }) => scheduled_at !== daysAgo(3)[0]).reverse();
      for (const { id } of missed) expect((await lab.end(id)).status).toBe('succeeded');
      expect(begun.filter((id) => missed.some((run) => run.id === id))).toEqual(missed.map(({ id }) => id));
    });

    it('only the newest hundred are made up for', async () => {
      await aPause('run_all', MOST_MADE_UP_FOR + 20);
      const lab = await aProcess({ pipelines: daily('run_all'), settings: { runs: 0 } });
      const { items, total } = await lab.history.list('daily', { limit: 1, offset: 0 });
      expect([total, items[0].scheduled_at]).toEqual([MOST_MADE_UP_FOR + 1, daysAgo(0)[0]]);
    });

    it('what came while it was switched off is not missed', async () => {
      await aPause('run_all', 5);
      const watcher = await aProcess({ pipelines: [aPipeline('daily', { a: {} }, NEVER_SOON)] });
      await watcher.app.get(PipelineSchedule).setEnabled('daily', false);
      await watcher.app.get(PipelineSchedule).setEnabled('daily', true);
      expect(await timesOf(await aProcess({ pipelines: daily('run_all') }))).toEqual(daysAgo(5));
    });
  });

  describe('at start-up', () => {
    const pipelines = [aPipeline('sample', { a: {} }, { start: 'when_empty' })];

    it('runs what has never succeeded, once for all processes', async () => {
      const gate = aGate();
      const options = { pipelines, works: { a: () => gate.passed } };
      const [one] = await Promise.all([aProcess(options), aProcess(options)]);
      const runs = await runsOf(one, 'sample');
      gate.open();
      expect(runs).toMatchObject([{ trigger: 'start' }]);
    });

    it('runs it again after it failed and not after it succeeded', async () => {
      let fails = true;
      const work = async (): Promise<void> => {
        if (fails) throw new Error('no lake');
      };
      for (const expected of ['failed', 'succeeded']) {
        const lab = await PipelineLab.open(database.url, { pipelines, works: { a: work } });
        const [{ id }] = await runsOf(lab, 'sample');
        expect((await lab.end(id)).status).toBe(expected);
        await lab.close();
        fails = false;
      }
      const lab = await aProcess({ pipelines, works: { a: work } });
      expect(await runsOf(lab, 'sample')).toHaveLength(2);
    });
  });
});
