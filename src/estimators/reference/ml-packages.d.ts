/** The parts that we use of packages that bring no types, or broken ones. */
declare module 'ml-random-forest' {
  export interface TreeNode {
    readonly left?: TreeNode;
    readonly right?: TreeNode;
    readonly splitColumn: number;
    /** Smaller values go left. */
    readonly splitValue: number;
    /** Of a leaf: the mean, or a matrix of one row with the share of each class. */
    readonly distribution: number | { to1DArray(): number[] };
  }

  interface ForestOptions {
    readonly nEstimators: number;
    /** A share of the features. */
    readonly maxFeatures: number;
    readonly replacement: boolean;
    /** 32 bits. */
    readonly seed: number;
    readonly noOOB: boolean;
    readonly treeOptions: { readonly minNumSamples: number; readonly maxDepth: number };
  }

  class RandomForest {
    /** By tree: the columns that its `splitColumn` counts. */
    readonly indexes: number[][];
    readonly estimators: { readonly root: TreeNode }[];
    constructor(options: ForestOptions);
    train(rows: number[][], target: number[]): void;
    featureImportance(): number[];
  }
  export class RandomForestClassifier extends RandomForest {}
  export class RandomForestRegression extends RandomForest {}
}

declare module 'ml-regression' {
  export class MultivariateLinearRegression {
    /** A row for each input, the intercept last. */
    readonly weights: number[][];
    constructor(x: number[][], y: number[][], options: { readonly intercept: boolean; readonly statistics: boolean });
  }
}
