import type { Feature } from '../../estimators/estimator.types.js';
import type { TrainingPlan } from './training-plan.js';

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const asNumber = (name: string): string => `cast(${quoted(name)} as double)`;

/** NaN is a missing value here as it is in a feature. */
export function hasTarget({ target: { name, isFloat } }: TrainingPlan): string {
  const present = `${quoted(name)} is not null`;
  return isFloat ? `${present} and not isnan(${quoted(name)})` : present;
}

/** The features, the target and, when the validation is by group, the group; a row is there when it has a target. */
export function readQuery(plan: TrainingPlan, features: readonly Feature[]): string {
  const { target, validation } = plan;
  const cells = [
    ...features.map(({ name, type }) => (type === 'number' ? asNumber(name) : `cast(${quoted(name)} as varchar)`)),
    quoted(target.name),
    ...(validation.by === 'group' ? [`cast(${quoted(validation.column)} as varchar)`] : []),
  ];
  const columns = cells.map((cell, index) => `${cell} as c${index}`);
  return `select ${columns.join(', ')} from dataset where ${hasTarget(plan)} order by ${orderOf(plan, features)}`;
}

/** All columns together settle ties, so that the same version always gives the same order. A row without a time is an old one. */
function orderOf({ target, validation }: TrainingPlan, features: readonly Feature[]): string {
  const names = [...features.map(({ name }) => name), target.name];
  if (validation.by === 'group') names.push(validation.column);
  const order = names.map(quoted);
  if (validation.by === 'time' && validation.column) order.unshift(`${quoted(validation.column)} nulls first`);
  return order.join(', ');
}
