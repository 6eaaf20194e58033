/** A smooth convex function of many unknowns. */
export interface Objective {
  readonly unknowns: number;
  /** What a gradient is small or large beside. */
  readonly weight: number;
  /** @returns the value at a point; writes the gradient there */
  evaluate(point: Float64Array, gradient: Float64Array): Promise<number>;
  /** Writes the product of a direction with the second derivatives at the point that was evaluated last. */
  curve(direction: Float64Array, product: Float64Array): Promise<void>;
}

const TOLERANCE = 1e-9;
const MOST_INNER_STEPS = 250;
const MOST_HALVINGS = 40;
/** Of the decrease that the slope promises, the share that a step has to keep (Armijo). */
const KEPT_PROMISE = 1e-4;

/**
 * Minimises from zero by Newton's method. Each step is solved for by conjugate gradients (Dembo, Steihaug 1983), so that the
 * matrix of second derivatives is never built, and is halved until it pays; where rounding leaves no better step, that is the end.
 */
export async function minimise(objective: Objective, mostSteps: number): Promise<Float64Array> {
  const point = new Float64Array(objective.unknowns);
  const gradient = new Float64Array(objective.unknowns);
  let value = await objective.evaluate(point, gradient);
  const first = norm(gradient);
  for (let step = 0; step < mostSteps; step++) {
    const slope = norm(gradient);
    if (slope <= TOLERANCE * objective.weight) break;
    const accuracy = Math.min(0.5, Math.sqrt(slope / first)) * slope;
    const direction = await newtonDirection(objective, gradient, accuracy);
    const next = await search(objective, { point, value, gradient }, direction);
    if (next === undefined) break;
    value = next;
  }
  return point;
}

/** Solves `H d = −g` until what is left is smaller than `accuracy`. */
async function newtonDirection(objective: Objective, gradient: Float64Array, accuracy: number): Promise<Float64Array> {
  const solution = new Float64Array(gradient.length);
  const left = gradient.map((value) => -value);
  const direction = left.slice();
  const product = new Float64Array(gradient.length);
  let square = dot(left, left);
  for (let step = 0; step < MOST_INNER_STEPS && Math.sqrt(square) > accuracy; step++) {
    await objective.curve(direction, product);
    const curvature = dot(direction, product);
    // Flat: no further in this direction. The very first one, downhill, is kept for the search to try.
    if (!(curvature > 0)) return step === 0 ? left : solution;
    const length = square / curvature;
    add(solution, direction, length);
    add(left, product, -length);
    const before = square;
    square = dot(left, left);
    for (let i = 0; i < direction.length; i++) direction[i] = left[i] + (square / before) * direction[i];
  }
  return solution;
}

/** Moves the point. @returns the new value, or nothing when no step along the direction decreases it */
async function search(
  objective: Objective,
  at: { point: Float64Array; value: number; gradient: Float64Array },
  direction: Float64Array,
): Promise<number | undefined> {
  const promise = dot(at.gradient, direction);
  const start = at.point.slice();
  for (let halving = 0, length = 1; halving < MOST_HALVINGS; halving++, length /= 2) {
    at.point.set(start);
    add(at.point, direction, length);
    const value = await objective.evaluate(at.point, at.gradient);
    if (value < at.value + KEPT_PROMISE * length * promise) return value;
  }
  at.point.set(start);
  return undefined;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function add(to: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] += factor * other[i];
}

const norm = (vector: Float64Array): number => Math.sqrt(dot(vector, vector));
