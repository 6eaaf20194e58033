import { goesRight, isInSubset, SUBSET_WORDS } from '../tree/rule.js';
import type { Forest } from './forest.js';

/**
 * How many walks go on side by side: one walk waits for memory at every step, four wait together. With eight the compiler runs out
 * of registers, and gives up inlining what a step does.
 */
const ABREAST = 4;

/**
 * Walks from nodes down to leaves, each for one row of bins.
 * @param at the nodes to start from: the leaves stand there afterwards
 * @param stride bytes from the row of one walk to that of the next: 0 when all are for the first row
 */
export function walk(forest: Forest, at: Int32Array, records: Uint8Array, stride: number): Int32Array {
  const { nodes, subsets } = forest;
  const whole = at.length - (at.length % ABREAST);
  if (subsets.length === 0) walkByNumbers(nodes, at.subarray(0, whole), records, stride);
  else walkByAny(forest, at.subarray(0, whole), records, stride);
  for (let i = whole; i < at.length; i++) at[i] = walkAlone(nodes, subsets, at[i], records, i * stride);
  return at;
}

function walkAlone(nodes: Int32Array, subsets: Uint32Array, start: number, records: Uint8Array, row: number): number {
  let node = start;
  for (;;) {
    const next = step(nodes, subsets, node, records, row);
    if (next === node) return node;
    node = next;
  }
}

/** A leaf leads to itself: who has arrived waits there until all four have. */
function walkByNumbers(nodes: Int32Array, at: Int32Array, records: Uint8Array, stride: number): void {
  for (let i = 0, row = 0; i < at.length; i += ABREAST, row += ABREAST * stride) {
    let a = at[i];
    let b = at[i + 1];
    let c = at[i + 2];
    let d = at[i + 3];
    for (;;) {
      const nextA = stepByNumber(nodes, a, records, row);
      const nextB = stepByNumber(nodes, b, records, row + stride);
      const nextC = stepByNumber(nodes, c, records, row + 2 * stride);
      const nextD = stepByNumber(nodes, d, records, row + 3 * stride);
      if (((nextA ^ a) | (nextB ^ b) | (nextC ^ c) | (nextD ^ d)) === 0) break;
      a = nextA;
      b = nextB;
      c = nextC;
      d = nextD;
    }
    at[i] = a;
    at[i + 1] = b;
    at[i + 2] = c;
    at[i + 3] = d;
  }
}

/** The same where some nodes ask for categories. */
function walkByAny({ nodes, subsets }: Forest, at: Int32Array, records: Uint8Array, stride: number): void {
  for (let i = 0, row = 0; i < at.length; i += ABREAST, row += ABREAST * stride) {
    let a = at[i];
    let b = at[i + 1];
    let c = at[i + 2];
    let d = at[i + 3];
    for (;;) {
      const nextA = step(nodes, subsets, a, records, row);
      const nextB = step(nodes, subsets, b, records, row + stride);
      const nextC = step(nodes, subsets, c, records, row + 2 * stride);
      const nextD = step(nodes, subsets, d, records, row + 3 * stride);
      if (((nextA ^ a) | (nextB ^ b) | (nextC ^ c) | (nextD ^ d)) === 0) break;
      a = nextA;
      b = nextB;
      c = nextC;
      d = nextD;
    }
    at[i] = a;
    at[i + 1] = b;
    at[i + 2] = c;
    at[i + 3] = d;
  }
}

const stepByNumber = (nodes: Int32Array, node: number, records: Uint8Array, row: number): number => {
  const rule = nodes[node << 1];
  return (nodes[(node << 1) + 1] + goesRight(rule, records[row + (rule & 0xffff)])) | 0;
};

const step = (nodes: Int32Array, subsets: Uint32Array, node: number, records: Uint8Array, row: number): number =>
  nodes[node << 1] < 0 ? stepBySubset(nodes, subsets, node, records, row) : stepByNumber(nodes, node, records, row);

const stepBySubset = (nodes: Int32Array, subsets: Uint32Array, node: number, records: Uint8Array, row: number): number => {
  const subset = ~nodes[node << 1] * SUBSET_WORDS;
  return (nodes[(node << 1) + 1] + isInSubset(subsets, subset + 1, records[row + subsets[subset]])) | 0;
};
