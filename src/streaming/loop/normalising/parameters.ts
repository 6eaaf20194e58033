import { z } from 'zod';
import { type LoopRecord, type NormalizedRecord, type NumberName, NUMBERS } from '../loop-record.js';
import { deviationOf, Moments, NO_MOMENTS, withValue } from './moments.js';

const Standard = z.object({ mean: z.number(), deviation: z.number().min(0) });
const numbers = <T extends z.ZodType>(item: T) =>
  z.object({ idade: item, salario: item, idh: item, latitude: item, longitude: item } satisfies Record<NumberName, T>);

/** What rows are scaled by, and what a question leaves open is filled from. A version never changes. */
export const ScalerParameters = z.object({
  version: z.int().min(1),
  /** Rows that they were measured on. */
  rows: z.int().min(1),
  numbers: numbers(Standard),
  /** Share of the rows by cargo. */
  cargos: z.record(z.string(), z.number()),
});
export type ScalerParameters = z.output<typeof ScalerParameters>;

/** All that the normaliser knows of the rows so far. */
export const Population = z.object({
  moments: numbers(Moments),
  cargos: z.record(z.string(), z.int()),
  parameters: ScalerParameters.nullable(),
});
export type Population = z.output<typeof Population>;

export const NOBODY: Population = {
  moments: { idade: NO_MOMENTS, salario: NO_MOMENTS, idh: NO_MOMENTS, latitude: NO_MOMENTS, longitude: NO_MOMENTS },
  cargos: {},
  parameters: null,
};

/** Cargos that are counted apart. */
const MOST_CARGOS = 200;
/** Deviations that a mean, or the share of itself that a deviation, may move before the parameters are cut anew. */
const TOLERANCE = 0.02;

/** @returns with the rows, and with a new version of the parameters when the old one no longer fits */
export function withRows(population: Population, rows: readonly LoopRecord[]): Population {
  const moments = { ...population.moments };
  const cargos = { ...population.cargos };
  for (const row of rows) {
    for (const name of NUMBERS) moments[name] = withValue(moments[name], row[name]);
    const known = Object.hasOwn(cargos, row.cargo) ? cargos[row.cargo] : 0;
    if (known > 0 || Object.keys(cargos).length < MOST_CARGOS) cargos[row.cargo] = known + 1;
  }
  const { parameters } = population;
  if (moments.idade.count === 0 || (parameters && fits(parameters, moments))) return { moments, cargos, parameters };
  return { moments, cargos, parameters: cut(moments, cargos, (parameters?.version ?? 0) + 1) };
}

function fits({ numbers: standards }: ScalerParameters, moments: Population['moments']): boolean {
  return NUMBERS.every((name) => {
    const { mean, deviation } = standards[name];
    const now = deviationOf(moments[name]);
    return Math.abs(moments[name].mean - mean) <= TOLERANCE * deviation && Math.abs(now - deviation) <= TOLERANCE * deviation;
  });
}

function cut(moments: Population['moments'], cargos: Population['cargos'], version: number): ScalerParameters {
  const standards = NUMBERS.map((name) => [name, { mean: moments[name].mean, deviation: deviationOf(moments[name]) }]);
  const counted = Object.values(cargos).reduce((sum, count) => sum + count, 0);
  return {
    ...{ version, rows: moments.idade.count },
    numbers: Object.fromEntries(standards) as ScalerParameters['numbers'],
    cargos: Object.fromEntries(Object.entries(cargos).map(([cargo, count]) => [cargo, count / counted])),
  };
}

/** Deviations from the mean; 0 where nothing varies. */
export function normalised(record: LoopRecord, { version, numbers: standards }: ScalerParameters): NormalizedRecord {
  const scaled = NUMBERS.map((name) => {
    const { mean, deviation } = standards[name];
    return [name, deviation === 0 ? 0 : (record[name] - mean) / deviation];
  });
  const { idade, salario, idh, latitude, longitude } = record;
  const numbersOf = Object.fromEntries(scaled) as Record<NumberName, number>;
  return { ...record, ...numbersOf, versao_parametros: version, originais: { idade, salario, idh, latitude, longitude } };
}
