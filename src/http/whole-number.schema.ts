import { z } from 'zod';

/** In a query string: digits only. An empty field is refused, and is not 0 as in `z.coerce.number()`. */
export const WholeNumber = z.preprocess((text) => (/^-?\d+$/.test(String(text)) ? Number(text) : NaN), z.int().min(0));
