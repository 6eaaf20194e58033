/** Of the errors of predictions, and of the truth that they missed. */
export interface ErrorSums {
  readonly rows: number;
  /** Reais. */
  readonly absolute: number;
  /** Reais². */
  readonly squared: number;
  readonly salary: number;
  readonly salarySquared: number;
}

export const NO_ERRORS: ErrorSums = { rows: 0, absolute: 0, squared: 0, salary: 0, salarySquared: 0 };

export const sumOf = (a: ErrorSums, b: ErrorSums): ErrorSums => ({
  rows: a.rows + b.rows,
  absolute: a.absolute + b.absolute,
  squared: a.squared + b.squared,
  salary: a.salary + b.salary,
  salarySquared: a.salarySquared + b.salarySquared,
});

export const errorOf = (truth: number, predicted: number): ErrorSums => ({
  ...{ rows: 1, absolute: Math.abs(truth - predicted), squared: (truth - predicted) ** 2 },
  ...{ salary: truth, salarySquared: truth ** 2 },
});

export interface ErrorMeasures {
  readonly rows: number;
  readonly mse: number | null;
  readonly mae: number | null;
  /** Null as well where all earn the same. */
  readonly r2: number | null;
}

/** MSE in reais², MAE in reais, and the share of the variance of salario that the predictions explain. */
export function measuresOf({ rows, absolute, squared, salary, salarySquared }: ErrorSums): ErrorMeasures {
  if (rows === 0) return { rows, mse: null, mae: null, r2: null };
  const spread = salarySquared - (salary * salary) / rows;
  // What is left of equal numbers is rounding.
  const r2 = rows > 1 && spread > 1e-9 * salarySquared ? 1 - squared / spread : null;
  return { rows, mse: squared / rows, mae: absolute / rows, r2 };
}

/** The youngest of each age band. */
export const AGE_BANDS = [0, 18, 25, 35, 45, 55, 65] as const;

export const bandOf = (idade: number): number => AGE_BANDS.findLast((from) => from <= idade) ?? AGE_BANDS[0];
