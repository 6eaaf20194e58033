/** Root mean squared error, mean absolute error, and the share of the variance that is explained (absent for a constant truth). */
export function regressionMetrics(truth: Float64Array, predicted: Float64Array): Record<string, number> {
  const rows = truth.length;
  const mean = truth.reduce((sum, value) => sum + value / rows, 0);
  let squared = 0;
  let absolute = 0;
  let spread = 0;
  for (let row = 0; row < rows; row++) {
    const error = predicted[row] - truth[row];
    squared += error * error;
    absolute += Math.abs(error);
    spread += (truth[row] - mean) ** 2;
  }
  return { rmse: Math.sqrt(squared / rows), mae: absolute / rows, ...(spread > 0 && { r2: 1 - squared / spread }) };
}
