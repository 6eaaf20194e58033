import type { Lineage, LineageEdge, LineageNode } from './lineage.schema.js';

/** Things and what they were made from. */
export class LineageGraph {
  private readonly nodes = new Map<string, LineageNode>();
  private readonly edges = new Map<string, LineageEdge>();

  /** What is known of a thing already stays. @returns its id */
  add(kind: LineageNode['kind'], name: string, version: number | null = null): string {
    const id = `${kind}:${name}`;
    if (!this.nodes.has(id)) this.nodes.set(id, { id, kind, name, version });
    return id;
  }

  /** The first that is told of two things stays. */
  connect(from: string, to: string, how: Partial<Pick<LineageEdge, 'version' | 'run_id'>> = {}): void {
    const key = JSON.stringify([from, to]);
    if (from !== to && !this.edges.has(key)) this.edges.set(key, { from, to, version: null, run_id: null, ...how });
  }

  has(id: string): boolean {
    return this.nodes.has(id);
  }

  /** A thing with all that it was made from and all that was made from it, directly or not, but nothing beside these. */
  around(id: string): Lineage {
    const edges = new Set([...this.walk(id, 'to', 'from'), ...this.walk(id, 'from', 'to')]);
    const reached = new Set([id, ...[...edges].flatMap(({ from, to }) => [from, to])]);
    return { nodes: [...this.nodes.values()].filter((node) => reached.has(node.id)), edges: [...edges] };
  }

  private walk(start: string, here: 'from' | 'to', there: 'from' | 'to'): Set<LineageEdge> {
    const byEnd = Map.groupBy(this.edges.values(), (edge) => edge[here]);
    const found = new Set<LineageEdge>();
    const waiting = [start];
    const seen = new Set(waiting);
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      for (const edge of byEnd.get(id) ?? []) {
        found.add(edge);
        if (seen.has(edge[there])) continue;
        seen.add(edge[there]);
        waiting.push(edge[there]);
      }
    }
    return found;
  }
}
