import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { RunLogLine, RunLogQuery } from '../run.schema.js';
import type { RunStatus } from '../run.types.js';
import { RunLogs } from './run-logs.js';

const LOOK_EVERY_MS = 300;
const BATCH = 500;

export type RunLogEvent =
  | { readonly kind: 'line'; readonly line: RunLogLine }
  /** Nothing new; says that the connection lives. */
  | { readonly kind: 'pause' }
  | { readonly kind: 'end'; readonly status: RunStatus };

/** The lines of a run as they are written, by whichever process carries it out. */
@Injectable()
export class RunLogFeed implements OnModuleDestroy {
  private readonly shutdown = new AbortController();

  constructor(private readonly logs: RunLogs) {}

  onModuleDestroy(): void {
    this.shutdown.abort();
  }

  /** Begins with the lines that are there and ends with the run. */
  async *follow(runId: string, { task, after }: Pick<RunLogQuery, 'task' | 'after'>): AsyncGenerator<RunLogEvent> {
    for (let last = after; !this.shutdown.signal.aborted;) {
      // The status before the lines: once it is over, all lines are there.
      const status = await this.logs.statusOf(runId);
      const { items, total } = await this.logs.list(runId, { task, after: last, limit: BATCH, offset: 0 });
      for (const line of items) yield { kind: 'line', line };
      last = items.at(-1)?.id ?? last;
      if (total > items.length) continue;
      if (status === undefined) return;
      if (status !== 'queued' && status !== 'running') return yield { kind: 'end', status };
      if (items.length === 0) yield { kind: 'pause' };
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.shutdown.signal }).catch(() => undefined);
    }
  }

  /** The same as server-sent events: `log` with the id of its line, then `end`. */
  async *serverSentEvents(runId: string, query: Pick<RunLogQuery, 'task' | 'after'>): AsyncGenerator<string> {
    for await (const event of this.follow(runId, query)) yield textOf(event);
  }
}

function textOf(event: RunLogEvent): string {
  switch (event.kind) {
    case 'line':
      return `id: ${event.line.id}\nevent: log\ndata: ${JSON.stringify(event.line)}\n\n`;
    case 'pause':
      return ': waiting\n\n';
    case 'end':
      return `event: end\ndata: ${JSON.stringify({ status: event.status })}\n\n`;
  }
}
