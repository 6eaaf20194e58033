/** An aggregate whose state is some numbers that stand from a place on in an array which it shares with others. */
export interface NumberAggregate {
  /** Its numbers at the beginning. */
  readonly zero: readonly number[];
  add(state: number[], at: number, value: number): void;
  merge(state: number[], at: number, other: readonly number[]): void;
  /** null, as SQL has it, where there is nothing to tell. */
  result(state: readonly number[], at: number): number | null;
}

const count: NumberAggregate = {
  zero: [0],
  add: (state, at) => void state[at]++,
  merge: (state, at, other) => void (state[at] += other[at]),
  result: (state, at) => state[at],
};

/** Adds to a sum and to what its roundings have lost (Neumaier 1974): the order of the values hardly matters. */
function addTo(state: number[], at: number, value: number): void {
  const sum = state[at];
  const next = sum + value;
  // Beyond what a double holds there is nothing to lose but the infinity.
  if (Number.isFinite(next)) state[at + 1] += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
  state[at] = next;
}

const totalOf = (state: readonly number[], at: number): number => state[at] + state[at + 1];

function mergeTotals(state: number[], at: number, other: readonly number[]): void {
  addTo(state, at, other[at]);
  state[at + 1] += other[at + 1];
}

/** How many, their sum, and what it lost. */
const summed = (result: (total: number, many: number) => number): NumberAggregate => ({
  zero: [0, 0, 0],
  add(state, at, value) {
    state[at]++;
    addTo(state, at + 1, value);
  },
  merge(state, at, other) {
    state[at] += other[at];
    mergeTotals(state, at + 1, other);
  },
  result: (state, at) => (state[at] === 0 ? null : result(totalOf(state, at + 1), state[at])),
});

const extreme = (start: number, choose: (a: number, b: number) => number): NumberAggregate => ({
  zero: [start],
  add: (state, at, value) => void (state[at] = choose(state[at], value)),
  merge: (state, at, other) => void (state[at] = choose(state[at], other[at])),
  result: (state, at) => (state[at] === start ? null : state[at]),
});

/** Of a sample. How many, mean and sum of squared distances from it: Welford 1962, merged by Chan, Golub and LeVeque 1979. */
const stddev: NumberAggregate = {
  zero: [0, 0, 0],
  add(state, at, value) {
    const many = ++state[at];
    const distance = value - state[at + 1];
    state[at + 1] += distance / many;
    state[at + 2] += distance * (value - state[at + 1]);
  },
  merge(state, at, other) {
    if (other[at] === 0) return;
    const many = state[at] + other[at];
    const distance = other[at + 1] - state[at + 1];
    state[at + 2] += other[at + 2] + (distance * distance * state[at] * other[at]) / many;
    state[at + 1] += (distance * other[at]) / many;
    state[at] = many;
  },
  result: (state, at) => (state[at] < 2 ? null : Math.sqrt(state[at + 2] / (state[at] - 1))),
};

export const NUMBER_AGGREGATES = {
  count,
  sum: summed((total) => total),
  avg: summed((total, many) => total / many),
  min: extreme(Infinity, Math.min),
  max: extreme(-Infinity, Math.max),
  stddev,
} as const satisfies Record<string, NumberAggregate>;
