import { LoopRecord } from '../loop-record.js';
import { CITIES } from './cities.js';
import { DRIFT_EVERY, generation, type GenerationPlan } from './generation.js';
import { CHANGED, salaryOf, TRADES, USUAL } from './salary.js';

const AT = new Date('2026-01-31T12:00:00Z');
const people = (overrides: Partial<GenerationPlan> = {}) =>
  generation({ seed: 42, number: 0, records: 200, drift: false, dirt: 0, at: AT, ...overrides });
const clean = (overrides: Partial<GenerationPlan> = {}): LoopRecord[] => people(overrides).map((one) => LoopRecord.parse(one));
const [TEACHER, DEVELOPER] = ['Professor', 'Desenvolvedor'].map((name) => TRADES.find(({ cargo }) => cargo === name)!);

describe('a generation', () => {
  it('is the same for the same seed and number, whatever came before it', () => {
    const first = people({ number: 7 });
    people({ number: 8 });
    expect(people({ number: 7 })).toEqual(first);
    expect(people({ number: 8 })).not.toEqual(first);
    expect(people({ number: 7, seed: 43 })).not.toEqual(first);
  });

  it('lives in real cities', () => {
    for (const { cidade, estado, idh, latitude, longitude } of clean()) {
      expect(CITIES).toContainEqual({ cidade, estado, idh, latitude, longitude });
    }
  });

  it('spoils some, and leaves the others as they were', () => {
    const dirty = people({ dirt: 0.3 });
    const spoilt = dirty.filter((one) => !LoopRecord.safeParse(one).success);
    expect(spoilt.length).toBeGreaterThan(30);
    expect(spoilt.length).toBeLessThan(90);
    expect(dirty.filter((one) => LoopRecord.safeParse(one).success)).toEqual(
      people().filter((_, index) => LoopRecord.safeParse(dirty[index]).success),
    );
  });

  it('drifts there and back, when it is to', () => {
    const mean = (overrides: Partial<GenerationPlan>): number => {
      const pay = clean(overrides).filter(({ cargo }) => cargo === 'Desenvolvedor');
      return pay.reduce((sum, { salario }) => sum + salario / pay.length, 0);
    };
    const changed = { number: DRIFT_EVERY, records: 1000 };
    expect(mean({ ...changed, drift: true })).toBeGreaterThan(1.15 * mean(changed));
    expect(people({ number: 2 * DRIFT_EVERY, drift: true })).toEqual(people({ number: 2 * DRIFT_EVERY }));
  });
});

describe('a salary', () => {
  const earner = { idade: 40, trade: TEACHER, idh: 0.8 };
  const base = salaryOf(earner, USUAL, 0);

  it.each([
    ['age', { idade: 60 }],
    ['trade', { trade: DEVELOPER }],
    ['city', { idh: 0.85 }],
  ])('rises with %s', (_, better) => expect(salaryOf({ ...earner, ...better }, USUAL, 0)).toBeGreaterThan(1.05 * base));

  it('has its noise, and its market', () => {
    expect(salaryOf(earner, USUAL, 1) / base).toBeCloseTo(Math.exp(0.1), 3);
    expect(salaryOf({ ...earner, trade: DEVELOPER }, CHANGED, 0)).toBeGreaterThan(
      salaryOf({ ...earner, trade: DEVELOPER }, USUAL, 0),
    );
  });
});
