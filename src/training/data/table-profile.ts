import type { Feature } from '../../estimators/estimator.types.js';
import { UntrainableError } from '../../estimators/estimators.errors.js';
import type { LeftOut } from '../train.schema.js';
import { TooFewRowsError } from '../training.errors.js';
import type { TrainingPlan } from './training-plan.js';
import { asNumber, hasTarget, quoted } from './training-query.js';

const FEWEST_ROWS = 10;
/** A text with more values than this is a name or a sentence; what it says of one row it says of no other. */
const MOST_CATEGORIES = 10_000;
const MOST_CLASSES = 1_000;

/** What the cells say, in a form in which a training can use it. */
export interface Inspection {
  /** Those of the plan that can be learned from. */
  readonly features: readonly Feature[];
  readonly leftOut: readonly LeftOut[];
  /** That have a target. */
  readonly rows: number;
  /** That are trained and tested on. */
  readonly sampledRows: number;
  /** On average in a row, in UTF-8; of the texts that are learned from by their words. */
  readonly textBytes: number;
}

/**
 * One row: `rows`, `classes`, `varies` and `infinite` of the target, and `present_<n>`, `varies_<n>`, `infinite_<n>` or `distinct_<n>`
 * of the n-th feature; of a text only its `bytes_<n>`.
 */
export function profileQuery(plan: TrainingPlan): string {
  const target = quoted(plan.target.name);
  const infinite = plan.problem === 'regression' ? infinities(plan.target.name) : '0';
  const cells = ['count(*) as rows', `approx_count_distinct(${target}) as classes`, `${varies(target)} as varies`];
  const features = plan.features.flatMap(cellsOf);
  return `select ${[...cells, `${infinite} as infinite`, ...features].join(', ')} from dataset where ${hasTarget(plan)}`;
}

function cellsOf({ name, type }: Feature, index: number): string[] {
  switch (type) {
    case 'number':
      return [
        `count_if(not isnan(${asNumber(name)})) as present_${index}`,
        `${varies(asNumber(name))} as varies_${index}`,
        `${infinities(name)} as infinite_${index}`,
      ];
    case 'category':
      return [
        `count(${quoted(name)}) as present_${index}`,
        `${varies(quoted(name))} as varies_${index}`,
        `approx_count_distinct(${quoted(name)}) as distinct_${index}`,
      ];
    case 'text':
      return [`sum(strlen(${quoted(name)})) as bytes_${index}`];
  }
}

// A FILTER clause takes DuckDB time by the square of the columns: half a minute for 1,500 of them.
const infinities = (name: string): string => `count_if(isinf(${asNumber(name)}))`;

const varies = (cell: string): string => `min(${cell}) <> max(${cell})`;

/**
 * @param profile what {@link profileQuery} gave
 * @throws {TooFewRowsError}
 * @throws {UntrainableError} naming every column that cannot be learned from, unless nobody asked for it
 */
export function inspectionOf(plan: TrainingPlan, profile: Readonly<Record<string, unknown>>): Inspection {
  const rows = Number(profile.rows);
  assertTarget(plan, profile);
  const useless: LeftOut[] = [];
  const infinite: string[] = [];
  let bytes = 0;
  plan.features.forEach(({ name, type }, index) => {
    if (type === 'text') {
      // One without words is kept: the next version of the table may have some, and the features stay the same.
      bytes += Number(profile[`bytes_${index}`] ?? 0);
      return;
    }
    const reason = uselessness(plan, profile, index);
    if (reason) useless.push({ column: name, reason });
    const infinities = Number(profile[`infinite_${index}`] ?? 0);
    if (infinities > 0) infinite.push(`The feature "${name}" is infinite in ${infinities} row(s). Make it missing, or bound it.`);
  });
  const refused = plan.named ? useless.map(({ column, reason }) => `The feature "${column}" cannot be used: ${reason}.`) : [];
  if (infinite.length + refused.length > 0) throw new UntrainableError([...infinite, ...refused].join(' '));
  const left = new Set(useless.map(({ column }) => column));
  const features = plan.features.filter(({ name }) => !left.has(name));
  const sampledRows = sampledRowsOf(plan, rows);
  assertShape(features, sampledRows);
  return { features, leftOut: [...plan.leftOut, ...useless], rows, sampledRows, textBytes: bytes / rows };
}

function assertTarget({ problem, target: { name } }: TrainingPlan, profile: Readonly<Record<string, unknown>>): void {
  const rows = Number(profile.rows);
  if (rows < FEWEST_ROWS) throw new TooFewRowsError(rows, FEWEST_ROWS, 'to train on and to test on');
  const infinite = Number(profile.infinite);
  if (infinite > 0) {
    throw new UntrainableError(`The target "${name}" is infinite in ${infinite} row(s). Leave those rows out, or bound it.`);
  }
  if (profile.varies !== true) {
    const what = problem === 'regression' ? 'is the same in every row' : 'has one class only';
    throw new UntrainableError(`The target "${name}" ${what}: there is nothing to learn from it.`);
  }
  const classes = Math.min(Number(profile.classes), rows);
  if (problem === 'classification' && classes > MOST_CLASSES) {
    throw new UntrainableError(
      `The target "${name}" has about ${classes} classes, and a classification takes ${MOST_CLASSES}. Put them into fewer, or make it a regression.`,
    );
  }
}

function uselessness({ named }: TrainingPlan, profile: Readonly<Record<string, unknown>>, index: number): string | undefined {
  const rows = Number(profile.rows);
  const present = Number(profile[`present_${index}`]);
  if (present === 0) return `it has no value in any of the ${rows} rows`;
  // Somebody who names a column that never changes may have a reason, as when the same features go to many datasets.
  if (!named && present === rows && profile[`varies_${index}`] === false) return `it is the same in all ${rows} rows`;
  const distinct = Math.min(Number(profile[`distinct_${index}`] ?? 0), rows);
  if (distinct <= MOST_CATEGORIES) return undefined;
  return `it is text with about ${distinct} different values, and a category has ${MOST_CATEGORIES} at most; "text_features" learns from its words`;
}

/** @returns how many of the rows a training takes */
export function sampledRowsOf({ sample }: TrainingPlan, rows: number): number {
  if (!sample) return rows;
  return 'rows' in sample ? Math.min(rows, sample.rows) : Math.round(rows * sample.share);
}

function assertShape(features: readonly Feature[], rows: number): void {
  if (features.length === 0) throw new UntrainableError('No feature is left that can be learned from. Name at least one.');
  if (rows < FEWEST_ROWS) throw new TooFewRowsError(rows, FEWEST_ROWS, 'to train on and to test on');
  if (rows < features.length) throw new TooFewRowsError(rows, features.length, `for ${features.length} features`);
}
