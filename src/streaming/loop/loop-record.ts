import { z } from 'zod';

/** The numbers that the normaliser scales. */
export const NUMBERS = ['idade', 'salario', 'idh', 'latitude', 'longitude'] as const;
export type NumberName = (typeof NUMBERS)[number];

const words = z.string().trim().min(1).max(200);

/** A person as the generator tells of one: what does not fit goes to the dead letters. */
export const LoopRecord = z
  .object({
    nome: words.meta({ example: 'Ana Clara Moreira' }),
    idade: z.int().min(0).max(120).meta({ description: 'Years', example: 34 }),
    salario: z.number().positive().max(10_000_000).meta({ description: 'Reais a month', example: 7312.45 }),
    cidade: words.meta({ example: 'Recife' }),
    estado: z
      .string()
      .regex(/^[A-Z]{2}$/, 'is the abbreviation of a state')
      .meta({ example: 'PE' }),
    cargo: words.meta({ example: 'Contador' }),
    idh: z.number().min(0).max(1).meta({ description: 'Of the city: IDHM of 2010', example: 0.772 }),
    latitude: z.number().min(-34).max(6).meta({ example: -8.0467 }),
    longitude: z.number().min(-75).max(-28).meta({ example: -34.8771 }),
    timestamp: z.iso.datetime().meta({ example: '2026-01-31T12:00:00.000Z' }),
    geracao_id: z.int().min(0).meta({ description: 'The generation that it came with', example: 17 }),
  })
  .meta({ id: 'LoopRecord' });
export type LoopRecord = z.output<typeof LoopRecord>;

const deviations = z.number().meta({ description: 'In standard deviations from the mean', example: -0.41 });
const original = LoopRecord.shape;

export const NormalizedRecord = LoopRecord.extend({
  ...{ idade: deviations, salario: deviations, idh: deviations, latitude: deviations, longitude: deviations },
  versao_parametros: z.int().min(1).meta({ description: 'Of the means and deviations that it was scaled by', example: 4 }),
  originais: z.object({
    ...{ idade: original.idade, salario: original.salario, idh: original.idh },
    ...{ latitude: original.latitude, longitude: original.longitude },
  }),
}).meta({ id: 'LoopNormalizedRecord' });
export type NormalizedRecord = z.output<typeof NormalizedRecord>;
