/** What each node needs, by its name. A need that is no node is passed over. */
export type Needs = ReadonlyMap<string, readonly string[]>;

/** @returns the nodes of one cycle, the first again at the end; undefined when there is none */
export function findCycle(needs: Needs): string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const need of needs.get(node) ?? []) {
      const cycle = visit(need, [...path, node]);
      if (cycle) return cycle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of needs.keys()) {
    const cycle = visit(node, []);
    if (cycle) return cycle;
  }
  return undefined;
}

/** @returns each node after all that it needs, otherwise in the given order. The graph must have no cycle. */
export function inOrderOfNeed(needs: Needs): string[] {
  const ordered = new Set<string>();
  const place = (node: string): void => {
    for (const need of needs.get(node) ?? []) if (needs.has(need) && !ordered.has(need)) place(need);
    ordered.add(node);
  };
  for (const node of needs.keys()) place(node);
  return [...ordered];
}
