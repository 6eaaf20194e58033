import { z } from 'zod';
import type { Estimator } from '../estimator.js';
import { descend } from './coordinate-descent.js';
import { fitByMoments } from './fit-linear.js';
import { readLinear } from './linear-file.js';
import { LinearModel } from './linear-model.js';

const LassoParams = z.strictObject({
  alpha: z.number().min(0).max(1).default(0.01).meta({
    description:
      "Penalty on the absolute weights, as a share of the target's standard deviation: 0 keeps every feature, 1 none. scikit-learn's alpha is this times that deviation",
  }),
});

export const lasso: Estimator<z.infer<typeof LassoParams>> = {
  name: 'lasso',
  problems: ['regression'],
  description:
    'Least squares that pays for every weight (L1), and so leaves out the features that add little. A missing number counts as the mean. Missing and unseen categories, and those beyond the 255 most frequent, share one level.',
  params: LassoParams,
  fit: (set, { alpha }, options) =>
    fitByMoments('lasso', set, (moments, pace) => descend(moments, alpha * set.rows, pace), options),
  load: (file) => new LinearModel(readLinear(file)),
};
