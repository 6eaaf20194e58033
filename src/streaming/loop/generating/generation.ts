import { faker } from '@faker-js/faker/locale/pt_BR';
import type { LoopRecord } from '../loop-record.js';
import { CITIES } from './cities.js';
import { type AnyRecord, stain } from './dirt.js';
import { CHANGED, type Market, salaryOf, TRADES, USUAL } from './salary.js';

export interface GenerationPlan {
  readonly seed: number;
  /** From 0. */
  readonly number: number;
  readonly records: number;
  /** Whether the market changes, there and back, every {@link DRIFT_EVERY} generations. */
  readonly drift: boolean;
  /** Share of the records that are spoilt. */
  readonly dirt: number;
  readonly at: Date;
}

/** Generations. */
export const DRIFT_EVERY = 120;

const AGES = { min: 18, max: 70 };

/**
 * The same plan gives the same people, whatever was generated before it: a process that starts again goes on as if nothing had been.
 */
export function generation({ seed, number, records, drift, dirt, at }: GenerationPlan): AnyRecord[] {
  faker.seed([seed, number]);
  const market = drift && Math.floor(number / DRIFT_EVERY) % 2 === 1 ? CHANGED : USUAL;
  const people: AnyRecord[] = [];
  while (people.length < records) {
    const person = personOf(market, { timestamp: at.toISOString(), geracao_id: number });
    // Drawn for the clean as well: dirt changes nobody but those whom it meets.
    const [chance, kind] = [uniform(), uniform()];
    people.push(chance < dirt ? stain(person, kind) : person);
  }
  return people;
}

function personOf(market: Market, origin: Pick<LoopRecord, 'timestamp' | 'geracao_id'>): LoopRecord {
  const idade = faker.number.int(AGES);
  const city = faker.helpers.arrayElement(CITIES);
  const trade = faker.helpers.arrayElement(TRADES.filter(({ from }) => from <= idade));
  const salario = salaryOf({ idade, trade, idh: city.idh }, market, normal());
  const { cidade, estado, idh, latitude, longitude } = city;
  return {
    nome: faker.person.fullName(),
    idade,
    salario,
    cidade,
    estado,
    cargo: trade.cargo,
    idh,
    latitude,
    longitude,
    ...origin,
  };
}

const uniform = (): number => faker.number.float({ min: 0, max: 1 });

/** Box and Muller. */
const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
