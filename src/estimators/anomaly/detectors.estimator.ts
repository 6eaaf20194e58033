import type { DetectorKind } from './anomaly.types.js';
import { ewma } from './ewma.estimator.js';
import { gaussian } from './gaussian.estimator.js';
import { halfSpaceTrees } from './half-space-trees.estimator.js';
import { robust } from './robust.estimator.js';
import { seasonal } from './seasonal.estimator.js';

export const DETECTORS: readonly DetectorKind[] = [ewma, gaussian, halfSpaceTrees, robust, seasonal];
