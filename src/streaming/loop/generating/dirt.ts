import type { LoopRecord } from '../loop-record.js';

export type AnyRecord = Readonly<Record<string, unknown>>;

/** What goes wrong in forms: each makes a record that nobody may learn from. */
const STAINS: readonly ((record: LoopRecord) => AnyRecord)[] = [
  ({ idade: _, ...others }) => others,
  (record) => ({ ...record, idade: 'trinta e quatro' }),
  (record) => ({ ...record, idade: record.idade + 1_900 }),
  (record) => ({ ...record, salario: -record.salario }),
  (record) => ({ ...record, salario: null }),
  (record) => ({ ...record, idh: Math.round(1_000 * record.idh) }),
  ({ latitude, longitude, ...others }) => ({ ...others, latitude: longitude, longitude: latitude }),
  (record) => ({ ...record, cargo: '' }),
];

/** @param draw from 0 to below 1 */
export const stain = (record: LoopRecord, draw: number): AnyRecord => STAINS[Math.floor(draw * STAINS.length)](record);
