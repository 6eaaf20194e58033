/** Products of powers of the numbers of a row: by product, the index of each factor, repeated for a power. */
export type Monomials = readonly (readonly number[])[];

/** How many products of one up to `degree` of so many numbers there are: `C(numbers + degree, degree) − 1`. */
export function countMonomials(numbers: number, degree: number): number {
  let count = 1;
  for (let k = 1; k <= degree; k++) count = (count * (numbers + k)) / k;
  return count - 1;
}

/** All of them, the lowest degrees first. */
export function monomialsOf(numbers: number, degree: number): Monomials {
  const all: number[][] = [];
  let last: number[][] = [[]];
  for (let k = 1; k <= degree; k++) {
    last = last.flatMap((factors) =>
      Array.from({ length: numbers }, (_, number) => number)
        .filter((number) => number >= (factors.at(-1) ?? 0))
        .map((number) => [...factors, number]),
    );
    all.push(...last);
  }
  return all;
}

export function valueOf(factors: readonly number[], row: Float64Array): number {
  let product = 1;
  for (const factor of factors) product *= row[factor];
  return product;
}
