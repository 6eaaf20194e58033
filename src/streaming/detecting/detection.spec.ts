import { StreamFile } from '../definition/stream.schema.js';
import type { OutputRow, StreamEvent } from '../processing/operator.types.js';
import { DetectOptions } from './detect.schema.js';
import { Detection } from './detection.js';

const aDetection = (options: object = {}): Detection =>
  new Detection(DetectOptions.parse({ values: ['temperature'], group_by: ['sensor'], detector: 'ewma', ...options }));

const anEvent = (value: Record<string, unknown>, second = 0): StreamEvent => ({
  time: second * 1000,
  value: { sensor: 'a', ...value },
  message: { partition: 0, offset: second, key: null, value: null, headers: {}, timestamp: 0 },
});

/** @returns the rows that come of them */
function feed(detection: Detection, events: readonly StreamEvent[]): OutputRow[] {
  const rows: OutputRow[] = [];
  const emission = { row: (row: OutputRow) => void rows.push(row), late: () => undefined };
  for (const event of events) detection.process(event, emission);
  return rows;
}

const usual = (length: number, sensor = 'a'): StreamEvent[] =>
  Array.from({ length }, (_, i) => anEvent({ sensor, temperature: 20 + (i % 3) }, i));

describe('a detection', () => {
  it('gives a row for what is unusual, with the expected value and the reason', () => {
    const rows = feed(aDetection(), [...usual(100), anEvent({ temperature: 60 }, 100), ...usual(3)]);
    expect(rows).toEqual([
      {
        key: 'a',
        time: 100_000,
        values: {
          ...{ time: 100_000, sensor: 'a', temperature: 60 },
          score: expect.closeTo(0.92, 1),
          expected: expect.closeTo(21, 1),
          reason: expect.stringMatching(/^60 is above the 20.99 expected, 4\d\.\d+ deviations$/),
        },
      },
    ]);
  });

  it('knows each group by its own values', () => {
    const warm = usual(100, 'boiler').map(({ value, ...event }) => ({
      ...event,
      value: { ...value, temperature: 60 + (event.time % 3) },
    }));
    const rows = feed(aDetection(), [
      ...usual(100),
      ...warm,
      anEvent({ sensor: 'boiler', temperature: 60 }),
      anEvent({ temperature: 60 }),
    ]);
    expect(rows.map(({ key }) => key)).toEqual(['a']);
  });

  it('gives every event its score when it is asked to', () => {
    expect(feed(aDetection({ rows: 'all' }), usual(10)).map(({ values }) => values.score)).toEqual(Array(10).fill(0));
  });

  it('goes on from its snapshots as if nothing had been between', () => {
    const events = [...usual(200), ...usual(200, 'b')];
    const [whole, first, second] = [1, 2, 3].map(() => aDetection({ rows: 'all', detector: 'seasonal' }));
    const rows = feed(whole, events);
    feed(first, events.slice(0, 150));
    for (const piece of first.snapshot('whole')) second.restore(piece);
    feed(first, events.slice(150, 300));
    for (const piece of first.snapshot('changes')) second.restore(piece);
    expect([feed(second, events.slice(300)), second.entries]).toEqual([rows.slice(300), 2]);
  });

  it('passes over events without a value, and refuses a value that is no number', () => {
    const detection = aDetection({ rows: 'all' });
    expect(feed(detection, [anEvent({}), anEvent({ temperature: null })])).toEqual([]);
    for (const temperature of ['hot', true, 1e101]) {
      expect(() => feed(detection, [anEvent({ temperature })])).toThrow('temperature: must be a number');
    }
    expect(detection.entries).toBe(0);
  });

  it('looks at several values together with half-space trees', () => {
    const detection = aDetection({ values: ['load.cpu', 'load.memory'], detector: 'half_space_trees', rows: 'all' });
    const [row] = feed(detection, [anEvent({ load: { cpu: 0.5, memory: 0.25 } })]);
    expect(row.values).toMatchObject({ load_cpu: 0.5, load_memory: 0.25, expected: null });
  });
});

describe('the key detect of a stream', () => {
  const problemsOf = (detect: object): string[] => {
    const file = {
      name: 'watch',
      from: { topic: 'readings' },
      detect: { values: ['temperature'], ...detect },
      to: { webhook: true },
    };
    return (StreamFile.safeParse(file).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
  };

  it('needs no more than the field to watch', () => {
    expect(problemsOf({})).toEqual([]);
  });

  it.each([
    [{ detector: 'oracle' }, /^detect\.detector: /],
    [{ detector: 'ewma', params: { limit: -1 } }, /^detect\.params\.limit: .*0/],
    [{ detector: 'ewma', params: { margin: 2 } }, /^detect\.params: .*"margin"/],
    [{ values: ['a', 'b'] }, /^detect\.values: has one field only for seasonal/],
    [{ values: ['a', 'A'], detector: 'half_space_trees' }, /^detect\.values\.1: "a" is a column already/],
    [{ group_by: ['score'] }, /^detect\.group_by\.0: "score" is a column already/],
    [{ values: ['a'], detector: 'half_space_trees', params: { trees: 200, height: 15 } }, /^detect\.params\.height: is too high/],
    [{ values: [] }, /^detect\.values: /],
    [{ threshold: 0 }, /^detect\.threshold: /],
  ])('says what is wrong with %j', (detect, problem) => {
    expect(problemsOf(detect)).toEqual([expect.stringMatching(problem)]);
  });
});
