import type { ClassLabel, Feature, FeatureColumn, Problem, Target } from '../../estimators/estimator.types.js';

/** Takes the cells of one column chunk by chunk. */
export interface ColumnBuilder {
  add(values: readonly unknown[]): void;
  build(): FeatureColumn;
}

/** @param capacity how many rows there are at most */
export function columnBuilder({ name, type }: Feature, capacity: number): ColumnBuilder {
  switch (type) {
    case 'number':
      return numbers(name, capacity);
    case 'category':
      return categories(name, capacity);
    case 'text':
      return texts(name);
  }
}

function numbers(name: string, capacity: number): ColumnBuilder {
  const values = new Float64Array(capacity);
  let rows = 0;
  return {
    add: (cells) => {
      for (const cell of cells) values[rows++] = cell === null ? NaN : Number(cell);
    },
    build: () => ({ name, type: 'number', values: values.subarray(0, rows) }),
  };
}

function categories(name: string, capacity: number): ColumnBuilder {
  const dictionary = new Dictionary<string>();
  const codes = new Int32Array(capacity);
  let rows = 0;
  return {
    add: (cells) => {
      for (const cell of cells) codes[rows++] = cell === null ? -1 : dictionary.codeOf(String(cell));
    },
    build: () => ({ name, type: 'category', ...dictionary.inOrder(codes.subarray(0, rows)) }),
  };
}

function texts(name: string): ColumnBuilder {
  const values: (string | null)[] = [];
  return {
    add: (cells) => {
      for (const cell of cells) values.push(cell === null ? null : String(cell));
    },
    build: () => ({ name, type: 'text', values }),
  };
}

export interface TargetBuilder {
  readonly rows: number;
  add(values: readonly unknown[]): void;
  build(): Target;
}

/** @param capacity how many rows there are at most */
export function targetBuilder(problem: Problem, capacity: number): TargetBuilder {
  const values = new Float64Array(problem === 'regression' ? capacity : 0);
  const codes = new Int32Array(problem === 'regression' ? 0 : capacity);
  const dictionary = new Dictionary<ClassLabel>();
  let rows = 0;
  return {
    get rows() {
      return rows;
    },
    add: (cells) => {
      for (const cell of cells) {
        if (problem === 'regression') values[rows++] = Number(cell);
        else codes[rows++] = dictionary.codeOf(typeof cell === 'bigint' ? Number(cell) : (cell as ClassLabel));
      }
    },
    build: () => {
      if (problem === 'regression') return { problem, values: values.subarray(0, rows) };
      const { categories: classes, codes: ordered } = dictionary.inOrder(codes.subarray(0, rows));
      return { problem, classes, codes: ordered };
    },
  };
}

/** Gives each distinct value a small number. */
class Dictionary<T extends ClassLabel> {
  private readonly known = new Map<T, number>();

  codeOf(value: T): number {
    const code = this.known.get(value) ?? this.known.size;
    if (code === this.known.size) this.known.set(value, code);
    return code;
  }

  /** Renumbers in order of value, so that the order of the rows leaves no trace. Negative codes (missing) stay. */
  inOrder(codes: Int32Array): { categories: T[]; codes: Int32Array } {
    const sorted = [...this.known].sort(([a], [b]) => (a < b ? -1 : 1));
    const renumbered = new Int32Array(sorted.length);
    sorted.forEach(([, code], position) => (renumbered[code] = position));
    return { categories: sorted.map(([value]) => value), codes: codes.map((code) => (code < 0 ? code : renumbered[code])) };
  }
}
