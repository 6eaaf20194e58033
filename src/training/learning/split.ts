import type { ClassLabel, FeatureColumn, Target, TrainingSet } from '../../estimators/estimator.types.js';
import type { Validation } from '../train.schema.js';
import { UselessHoldOutError } from '../training.errors.js';
import { seededRandom, shuffle } from './seeded.js';

export interface Split {
  readonly training: TrainingSet;
  readonly test: TrainingSet;
}

interface Sides {
  readonly training: Uint32Array;
  readonly test: Uint32Array;
}

/**
 * Keeps part of the rows back.
 * @param set in order of time when the validation is by time
 * @param groups of each row when the validation is by group
 * @param seed draws the rows of the test: same seed, same rows
 * @throws {UselessHoldOutError} when a side has no rows, the training lacks a class or the test has only one
 */
export function split(set: TrainingSet, groups: Int32Array | undefined, validation: Validation, seed: number): Split {
  const sides = sidesOf(set, groups, validation, seed);
  assertUseful(sides, set.target, validation);
  return { training: pick(set, sides.training), test: pick(set, sides.test) };
}

function sidesOf({ rows, target }: TrainingSet, groups: Int32Array | undefined, { by, share }: Validation, seed: number): Sides {
  const random = seededRandom(seed);
  switch (by) {
    case 'time':
      return cut(inOrder(rows), share);
    case 'random':
      return cut(shuffle(inOrder(rows), random), share);
    case 'stratified':
      if (target.problem === 'regression') throw new TypeError('A regression has no classes to stratify by.');
      return stratified(target.codes, target.classes.length, share, random);
    case 'group':
      if (!groups) throw new TypeError('The groups of the rows were not read.');
      return byGroup(groups, share, random);
  }
}

/** The last share of the rows is the test. Both sides have one row at least. */
function cut(order: Uint32Array, share: number): Sides {
  const training = Math.min(Math.max(Math.round(order.length * (1 - share)), 1), order.length - 1);
  return { training: order.subarray(0, training), test: order.subarray(training) };
}

/** Cuts each class by itself: one with two rows or more has some on both sides. */
function stratified(codes: Int32Array, classes: number, share: number, random: () => number): Sides {
  const counts = new Uint32Array(classes);
  for (const code of codes) counts[code]++;
  const members = Array.from(counts, (count) => new Uint32Array(count));
  const filled = new Uint32Array(classes);
  for (let row = 0; row < codes.length; row++) members[codes[row]][filled[codes[row]]++] = row;
  const parts = members.filter(({ length }) => length > 0).map((rows) => cut(shuffle(rows, random), share));
  return { training: joined(parts.map(({ training }) => training)), test: joined(parts.map(({ test }) => test)) };
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Groups in a drawn order go to the test where they still fit into its share, and the smallest where none does. */
function byGroup(groups: Int32Array, share: number, random: () => number): Sides {
  const counts = new Map<number, number>();
  for (const group of groups) counts.set(group, (counts.get(group) ?? 0) + 1);
  const sizes = [...counts].map(([group, rows]) => ({ group, rows })).sort((a, b) => a.group - b.group);
  if (sizes.length < 2) {
    throw new UselessHoldOutError('All rows are of one group, so there is none to hold out. Validate in another way.');
  }
  const held = new Set<number>();
  let free = groups.length * share;
  for (const { group, rows } of Array.from(shuffle(inOrder(sizes.length), random), (index) => sizes[index])) {
    if (rows > free) continue;
    held.add(group);
    free -= rows;
  }
  if (held.size === 0) held.add(sizes.reduce((least, size) => (size.rows < least.rows ? size : least)).group);
  const order = inOrder(groups.length);
  return { training: order.filter((row) => !held.has(groups[row])), test: order.filter((row) => held.has(groups[row])) };
}

function assertUseful({ training, test }: Sides, target: Target, { by, share }: Validation): void {
  if (by === 'stratified' && training.length === 0) {
    throw new UselessHoldOutError(
      `Each of the ${test.length} rows has a class of its own, and each class needs two rows at least. If the target is a number, make it a regression.`,
    );
  }
  if (training.length === 0 || test.length === 0) {
    const side = training.length === 0 ? 'to train on' : 'to test on';
    throw new UselessHoldOutError(`Holding out ${share} of the rows by ${by} leaves none ${side}. Choose another share.`);
  }
  if (target.problem === 'regression') return;
  const [learned, tested] = [training, test].map((rows) => countByClass(target.codes, target.classes.length, rows));
  const unlearned = target.classes.filter((_, index) => learned[index] === 0 && tested[index] > 0);
  if (unlearned.length > 0) {
    throw new UselessHoldOutError(
      `Holding out ${share} of the rows by ${by} leaves no row to train on of ${named(unlearned)}. ${otherwise(by)}`,
    );
  }
  if (tested.filter((rows) => rows > 0).length < 2) {
    throw new UselessHoldOutError(`Holding out ${share} of the rows by ${by} leaves one class only to test on. ${otherwise(by)}`);
  }
}

function countByClass(codes: Int32Array, classes: number, rows: Uint32Array): Uint32Array {
  const counts = new Uint32Array(classes);
  for (const row of rows) counts[codes[row]]++;
  return counts;
}

const MOST_NAMED = 10;

function named(labels: readonly ClassLabel[]): string {
  const names = labels.slice(0, MOST_NAMED).map((label) => JSON.stringify(label));
  return `the class${labels.length > 1 ? 'es' : ''} ${names.join(', ')}${labels.length > MOST_NAMED ? ', …' : ''}`;
}

const otherwise = (by: Validation['by']): string =>
  by === 'stratified' ? 'Each class needs two rows at least.' : 'Choose another share, or validate by "stratified".';

function pick(set: TrainingSet, rows: Uint32Array): TrainingSet {
  const features = set.features.map((column) => pickCells(column, rows));
  const target: Target =
    set.target.problem === 'regression'
      ? { ...set.target, values: gather(set.target.values, rows) }
      : { ...set.target, codes: gather(set.target.codes, rows) };
  return { rows: rows.length, features, target };
}

function pickCells(column: FeatureColumn, rows: Uint32Array): FeatureColumn {
  switch (column.type) {
    case 'number':
      return { ...column, values: gather(column.values, rows) };
    case 'category':
      return { ...column, codes: gather(column.codes, rows) };
    case 'text':
      return { ...column, values: Array.from(rows, (row) => column.values[row]) };
  }
}

function gather<T extends Float64Array | Int32Array>(values: T, rows: Uint32Array): T {
  const gathered = values.slice(0, rows.length) as T;
  for (let index = 0; index < rows.length; index++) gathered[index] = values[rows[index]];
  return gathered;
}

const inOrder = (rows: number): Uint32Array<ArrayBuffer> => Uint32Array.from({ length: rows }, (_value, index) => index);
