import type { z } from 'zod';
import type { EstimatorInfo, FitOptions, Model, PlainSet } from './estimator.types.js';
import type { ModelFile } from './model-file.js';

/** A way to learn: what it takes, how it fits, and how its models come back from a file. */
export interface Estimator<Params = unknown> extends EstimatorInfo {
  readonly params: z.ZodObject & z.ZodType<Params>;

  /** It looks at no feature, so it takes texts as they are, in sets and in files. */
  readonly looksAtNothing?: true;

  /** Gets a set in which something can be learned, and parameters that were checked. */
  fit(set: PlainSet, params: Params, options: FitOptions): Promise<Model>;

  /** @throws {CorruptModelError} when anything in the file is out of its range */
  load(file: ModelFile): Model;
}
