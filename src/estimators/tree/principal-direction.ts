const ROUNDS = 20;

/**
 * Projects groups on the direction in which their class shares differ most, by power iteration on the weighted covariance.
 * @param counts groups × classes; no group is empty
 * @returns one number a group
 */
export function principalDirection(counts: Float64Array, classes: number): Float64Array {
  const groups = counts.length / classes;
  const sizes = Float64Array.from({ length: groups }, (_, g) => sum(counts.subarray(g * classes, (g + 1) * classes)));
  const total = sum(sizes);
  const deviations = counts.map((count, i) => count / sizes[Math.floor(i / classes)]);
  for (let k = 0; k < classes; k++) {
    let mean = 0;
    for (let g = 0; g < groups; g++) mean += (deviations[g * classes + k] * sizes[g]) / total;
    for (let g = 0; g < groups; g++) deviations[g * classes + k] -= mean;
  }
  const project = (direction: Float64Array): Float64Array =>
    Float64Array.from({ length: groups }, (_, g) =>
      direction.reduce((dot, part, k) => dot + part * deviations[g * classes + k], 0),
    );
  let direction = farthest(deviations, sizes, classes);
  for (let round = 0; round < ROUNDS; round++) {
    const scores = project(direction);
    const next = new Float64Array(classes);
    deviations.forEach(
      (deviation, i) => (next[i % classes] += deviation * sizes[Math.floor(i / classes)] * scores[Math.floor(i / classes)]),
    );
    const length = Math.hypot(...next);
    if (length === 0) break;
    direction = next.map((part) => part / length);
  }
  return project(direction);
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/** Where the iteration starts: the group that weighs most is seldom at a right angle to the answer. */
function farthest(deviations: Float64Array, sizes: Float64Array, classes: number): Float64Array {
  let best = 0;
  let most = -1;
  for (let g = 0; g < sizes.length; g++) {
    const row = deviations.subarray(g * classes, (g + 1) * classes);
    const weight = sizes[g] * row.reduce((squares, part) => squares + part * part, 0);
    if (weight > most) [most, best] = [weight, g];
  }
  return deviations.slice(best * classes, (best + 1) * classes);
}
