import { z } from 'zod';
import type { Estimator } from '../estimator.js';
import { fitByMoments } from './fit-linear.js';
import { solveLeastSquares } from './least-squares.js';
import { readLinear } from './linear-file.js';
import { LinearModel } from './linear-model.js';

const LinearRegressionParams = z.strictObject({});

export const linearRegression: Estimator<z.infer<typeof LinearRegressionParams>> = {
  name: 'linear_regression',
  problems: ['regression'],
  description:
    'Least squares: a weight for each number and each category, by which one can see what matters. Collinear columns and more features than rows are fine: what the rows leave open stays next to zero. A missing number counts as the mean. Missing and unseen categories, and those beyond the 255 most frequent, share one level.',
  params: LinearRegressionParams,
  fit: (set, _params, options) =>
    fitByMoments('linear_regression', set, (moments, pace) => solveLeastSquares(moments, 0, pace), options),
  load: (file) => new LinearModel(readLinear(file)),
};
