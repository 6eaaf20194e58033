import { seasonal } from '../../estimators/anomaly/seasonal.estimator.js';
import { sensors } from './sensors.sample.js';
import { serviceLogs } from './service-logs.sample.js';

const DAY = 86_400_000;
const BEGIN = Date.parse('2026-01-01');

describe.each([sensors, serviceLogs].map((sample) => [sample.topic, sample] as const))('the sample %s', (_topic, sample) => {
  it('is the same whenever it is made', () => {
    expect(sample.at(BEGIN)).toEqual(sample.at(BEGIN));
    expect(sample.at(BEGIN)).not.toEqual(sample.at(BEGIN + sample.step));
  });

  it('has faults on some days, which end', () => {
    const faults = sample.faults(BEGIN, BEGIN + 14 * DAY);
    expect(faults.length).toBeGreaterThan(5);
    for (const { from, to } of faults) expect(Date.parse(to)).toBeGreaterThan(Date.parse(from));
  });

  it('is named in time by every message', () => {
    for (const { value } of sample.at(BEGIN)) {
      expect((value as Record<string, unknown>)[sample.time]).toBe(new Date(BEGIN).toISOString());
    }
  });
});

describe('the faults of the sensors', () => {
  it('are found, most of them, and little else', () => {
    const end = BEGIN + 14 * DAY;
    const detectors = new Map(sensors.at(BEGIN).map(({ key }) => [key, seasonal.open()]));
    const alarms: { of: string; time: number }[] = [];
    for (let time = BEGIN; time < end; time += sensors.step) {
      for (const { key, value } of sensors.at(time)) {
        const { temperature } = value as { temperature: number };
        if (detectors.get(key)!.observe([temperature], time).score >= 0.5) alarms.push({ of: key!, time });
      }
    }
    // For two days a detector learns what is usual.
    const faults = sensors.faults(BEGIN + 2 * DAY, end);
    const isOf = ({ of, from, to }: (typeof faults)[number], alarm: (typeof alarms)[number]): boolean =>
      of === alarm.of && Date.parse(from) <= alarm.time && alarm.time < Date.parse(to);
    const found = faults.filter((fault) => alarms.some((alarm) => isOf(fault, alarm)));
    const wrong = alarms.filter((alarm) => alarm.time > BEGIN + 2 * DAY && !faults.some((fault) => isOf(fault, alarm)));
    expect(found.length / faults.length).toBeGreaterThan(0.8);
    // Twelve sensors for twelve days.
    expect(wrong.length / 144).toBeLessThan(0.5);
  });
});
