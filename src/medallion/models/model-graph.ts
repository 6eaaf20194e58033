import { ModelCycleError } from '../medallion.errors.js';

/**
 * Names in an order in which each comes after those it reads. Of those that could come next the first by name is taken,
 * so the same models give the same order.
 * @param reads which names each name reads; a name that is no key of the map is somebody else's and left out
 * @throws {ModelCycleError}
 */
export function inBuildOrder(reads: ReadonlyMap<string, readonly string[]>): string[] {
  const order: string[] = [];
  const visiting: string[] = [];
  const visit = (name: string): void => {
    if (order.includes(name) || !reads.has(name)) return;
    if (visiting.includes(name)) throw new ModelCycleError([...visiting.slice(visiting.indexOf(name)), name]);
    visiting.push(name);
    for (const input of [...(reads.get(name) ?? [])].sort()) visit(input);
    visiting.pop();
    order.push(name);
  };
  for (const name of [...reads.keys()].sort()) visit(name);
  return order;
}

/** The names given and everything that they read, directly or not, as far as it is in the map. */
export function withAncestors(names: readonly string[], reads: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name) || !reads.has(name)) return;
    found.add(name);
    for (const input of reads.get(name) ?? []) visit(input);
  };
  names.forEach(visit);
  return found;
}
