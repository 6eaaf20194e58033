import { generation } from '../generating/generation.js';
import { LoopRecord, NUMBERS } from '../loop-record.js';
import { deviationOf } from './moments.js';
import { NOBODY, normalised, withRows } from './parameters.js';

const people = (number: number, records = 50): LoopRecord[] =>
  generation({ seed: 1, number, records, drift: false, dirt: 0, at: new Date(0) }).map((one) => LoopRecord.parse(one));
const batches = Array.from({ length: 40 }, (_, number) => people(number));
const all = batches.flat();

describe('what the normaliser knows', () => {
  const known = batches.reduce(withRows, NOBODY);

  it.each(NUMBERS)('is the mean and the deviation of %s over all rows', (name) => {
    const mean = all.reduce((sum, row) => sum + row[name], 0) / all.length;
    const variance = all.reduce((sum, row) => sum + (row[name] - mean) ** 2, 0) / all.length;
    expect(known.moments[name].mean).toBeCloseTo(mean, 6);
    expect(deviationOf(known.moments[name])).toBeCloseTo(Math.sqrt(variance), 6);
  });

  it('has versions, few of them, and each stays as it was', () => {
    const versions = new Map<number, string>();
    let population = NOBODY;
    for (const batch of batches) {
      population = withRows(population, batch);
      const { version } = population.parameters!;
      const text = JSON.stringify(population.parameters);
      expect(versions.get(version) ?? text).toBe(text);
      versions.set(version, text);
    }
    expect(versions.size).toBeGreaterThan(2);
    expect(versions.size).toBeLessThan(30);
  });

  it('counts what share of the people has each cargo', () => {
    const { cargos } = known.parameters!;
    expect(Object.values(cargos).reduce((sum, share) => sum + share)).toBeCloseTo(1);
    expect(cargos['Médico']).toBeLessThan(cargos['Auxiliar administrativo'] + 0.05);
  });

  it('is nothing as long as there are no rows', () => expect(withRows(NOBODY, []).parameters).toBeNull());

  it('scales to deviations, and keeps what was measured', () => {
    const rows = all.map((row) => normalised(row, known.parameters!));
    const mean = rows.reduce((sum, { salario }) => sum + salario / rows.length, 0);
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(rows[0].originais.salario).toBe(all[0].salario);
    const one = withRows(NOBODY, [all[0]]);
    expect(normalised(all[0], one.parameters!).idade).toBe(0);
  });
});
