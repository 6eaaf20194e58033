export interface Trade {
  readonly cargo: string;
  /** Reais a month at the beginning, in a city of the middle. */
  readonly pay: number;
  /** Nobody is younger. */
  readonly from: number;
  /** What a changed market asks for more. */
  readonly isTechnical?: boolean;
}

export const TRADES: readonly Trade[] = [
  { cargo: 'Auxiliar administrativo', pay: 1_900, from: 18 },
  { cargo: 'Vendedor', pay: 2_200, from: 18 },
  { cargo: 'Motorista', pay: 2_500, from: 21 },
  { cargo: 'Técnico de enfermagem', pay: 2_900, from: 20 },
  { cargo: 'Professor', pay: 4_000, from: 22 },
  { cargo: 'Contador', pay: 5_000, from: 22 },
  { cargo: 'Enfermeiro', pay: 5_200, from: 22 },
  { cargo: 'Advogado', pay: 6_000, from: 23 },
  { cargo: 'Analista de dados', pay: 6_800, from: 21, isTechnical: true },
  { cargo: 'Desenvolvedor', pay: 7_500, from: 19, isTechnical: true },
  { cargo: 'Engenheiro civil', pay: 8_000, from: 23 },
  { cargo: 'Gerente', pay: 10_500, from: 28 },
  { cargo: 'Médico', pay: 14_000, from: 25 },
];

/** What a person earns follows from these three, and from chance. */
export interface Earner {
  readonly idade: number;
  readonly trade: Trade;
  readonly idh: number;
}

/** How the market pays. */
export interface Market {
  /** What a whole career adds to the pay, as a share of it. */
  readonly experience: number;
  /** What technical trades are paid, times the usual. */
  readonly technical: number;
}

export const USUAL: Market = { experience: 0.9, technical: 1 };
/** After a drift: experience counts for little, and technical trades are rare. */
export const CHANGED: Market = { experience: 0.2, technical: 1.8 };

const FIRST_YEAR = 18;
/** Years in which experience comes to two thirds of what it will ever be worth. */
const LEARNING_YEARS = 14;
const MIDDLE_IDH = 0.78;
const IDH_POWER = 1.3;
/** Of the logarithm: two out of three are within 10 % of what their trade, age and city say. */
export const NOISE = 0.1;

/** @param chance standard normal @returns reais a month, in centavos */
export function salaryOf({ idade, trade, idh }: Earner, { experience, technical }: Market, chance: number): number {
  const career = 1 + experience * (1 - Math.exp(-(idade - FIRST_YEAR) / LEARNING_YEARS));
  const place = (idh / MIDDLE_IDH) ** IDH_POWER;
  const pay = trade.pay * (trade.isTechnical ? technical : 1);
  return Math.round(100 * pay * career * place * Math.exp(NOISE * chance)) / 100;
}
