import { z } from 'zod';
import type { Estimator } from '../estimator.js';
import { fitByMoments } from './fit-linear.js';
import { solveLeastSquares } from './least-squares.js';
import { readLinear } from './linear-file.js';
import { LinearModel } from './linear-model.js';

const RidgeParams = z.strictObject({
  alpha: z.number().min(0).max(1e12).default(1).meta({
    description:
      'Penalty on the squares of the weights, numbers being measured in standard deviations: as many rows that speak for zero',
  }),
});

export const ridge: Estimator<z.infer<typeof RidgeParams>> = {
  name: 'ridge',
  problems: ['regression'],
  description:
    'Least squares that pays for large weights (L2): steadier than linear_regression where features are many or alike. A missing number counts as the mean. Missing and unseen categories, and those beyond the 255 most frequent, share one level.',
  params: RidgeParams,
  fit: (set, { alpha }, options) =>
    fitByMoments('ridge', set, (moments, pace) => solveLeastSquares(moments, alpha, pace), options),
  load: (file) => new LinearModel(readLinear(file)),
};
