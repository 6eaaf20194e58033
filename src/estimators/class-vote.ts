/** @param probabilities rows × classes, row-major. @returns the index of the likeliest class of each row, the first of equals */
export function likeliestClasses(probabilities: Float64Array, classes: number): Float64Array {
  const winners = new Float64Array(probabilities.length / classes);
  for (let row = 0; row < winners.length; row++) {
    const start = row * classes;
    let best = 0;
    for (let k = 1; k < classes; k++) if (probabilities[start + k] > probabilities[start + best]) best = k;
    winners[row] = best;
  }
  return winners;
}

/** A regression was asked for probabilities: a mistake of the program, not of its user. */
export const noProbabilities = (): TypeError => new TypeError('A regression has no probabilities. Ask for predict.');
