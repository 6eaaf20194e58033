import { z } from 'zod';

/** What names a model and its versions in a request, the same on every route. */
export const ModelName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9_]+$/, 'is made of small letters, digits and _')
  .meta({ description: 'Registered name', example: 'flights_late' });

export const ModelType = z.enum(['regression', 'classification']).meta({ id: 'ModelType' });

export const AliasName = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z0-9_-]*$/, 'begins with a small letter and is made of small letters, digits, _ and -')
  .meta({ example: 'champion' });

/** As text or as a number, as clients have it. */
export const VersionNumber = z
  .union([z.int().min(1).max(999_999_999), z.string().regex(/^[1-9]\d{0,8}$/, 'is a whole number from 1')])
  .transform(Number)
  .meta({ example: '1' });
