/** Forgets the oldest when every place is taken: maps and sets keep the order in which keys were put in. */
export function makeRoom(kept: Map<string, unknown> | Set<string>, capacity: number): void {
  if (kept.size < capacity) return;
  for (const oldest of kept.keys()) {
    kept.delete(oldest);
    return;
  }
}
