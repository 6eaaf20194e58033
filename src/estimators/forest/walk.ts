import { goesRight, isInSubset, SUBSET_WORDS } from '../tree/rule.js';
import type { Forest } from './forest.js';

/** How many walks go on side by side. One walk waits for memory at every step; eight wait together. */
const ABREAST = 8;

/**
 * Walks from nodes down to leaves, each for one row of bins.
 * @param at the nodes to start from: the leaves stand there afterwards
 * @param stride bytes from the row of one walk to that of the next: 0 when all are for the first row
 */
export function walk(forest: Forest, at: Int32Array, records: Uint8Array, stride: number): Int32Array {
  const whole = at.length - (at.length % ABREAST);
  for (let i = 0; i < whole; i += ABREAST) walkAbreast(forest, at, i, records, stride);
  for (let i = whole; i < at.length; i++) at[i] = walkAlone(forest, at[i], records, i * stride);
  return at;
}

function walkAlone({ nodes, subsets }: Forest, start: number, records: Uint8Array, row: number): number {
  let node = start;
  for (;;) {
    const next = step(nodes, subsets, node, records, row);
    if (next === node) return node;
    node = next;
  }
}

/** A leaf leads to itself: who has arrived waits there until all have. */
function walkAbreast({ nodes, subsets }: Forest, at: Int32Array, first: number, records: Uint8Array, stride: number): void {
  let a = at[first];
  let b = at[first + 1];
  let c = at[first + 2];
  let d = at[first + 3];
  let e = at[first + 4];
  let f = at[first + 5];
  let g = at[first + 6];
  let h = at[first + 7];
  const row = first * stride;
  for (;;) {
    const nextA = step(nodes, subsets, a, records, row);
    const nextB = step(nodes, subsets, b, records, row + stride);
    const nextC = step(nodes, subsets, c, records, row + 2 * stride);
    const nextD = step(nodes, subsets, d, records, row + 3 * stride);
    const nextE = step(nodes, subsets, e, records, row + 4 * stride);
    const nextF = step(nodes, subsets, f, records, row + 5 * stride);
    const nextG = step(nodes, subsets, g, records, row + 6 * stride);
    const nextH = step(nodes, subsets, h, records, row + 7 * stride);
    const moved = (nextA ^ a) | (nextB ^ b) | (nextC ^ c) | (nextD ^ d) | (nextE ^ e) | (nextF ^ f) | (nextG ^ g) | (nextH ^ h);
    if (moved === 0) break;
    a = nextA;
    b = nextB;
    c = nextC;
    d = nextD;
    e = nextE;
    f = nextF;
    g = nextG;
    h = nextH;
  }
  at[first] = a;
  at[first + 1] = b;
  at[first + 2] = c;
  at[first + 3] = d;
  at[first + 4] = e;
  at[first + 5] = f;
  at[first + 6] = g;
  at[first + 7] = h;
}

function step(nodes: Int32Array, subsets: Uint32Array, node: number, records: Uint8Array, row: number): number {
  const rule = nodes[2 * node];
  const left = nodes[2 * node + 1];
  if (rule >= 0) return left + goesRight(rule, records[row + (rule & 0xffff)]);
  const subset = ~rule * SUBSET_WORDS;
  return left + isInSubset(subsets, subset + 1, records[row + subsets[subset]]);
}
