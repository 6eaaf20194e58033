import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { RunLogLine, RunLogQuery } from '../run.schema.js';
import type { RunStatus } from '../run.types.js';
import { RunLogs } from './run-logs.js';

const LOOK_EVERY_MS = 300;
/** Below the patience of the proxies on the way. */
const SIGN_OF_LIFE_MS = 15_000;
const BATCH = 500;

type Following = Pick<RunLogQuery, 'task' | 'after'>;

type RunLogEvent =
  | { readonly kind: 'line'; readonly line: RunLogLine }
  /** Nothing new; says that the connection lives. */
  | { readonly kind: 'pause' }
  | { readonly kind: 'end'; readonly status: RunStatus };

/** The lines of a run or a job as they are written, by whichever process carries it out. */
@Injectable()
export class RunLogFeed implements OnModuleDestroy {
  private readonly logger = new Logger(RunLogFeed.name);
  private readonly shutdown = new AbortController();
  private readonly streams = new Set<Readable>();

  constructor(private readonly logs: RunLogs) {}

  /** Streams that are open now. */
  get following(): number {
    return this.streams.size;
  }

  onModuleDestroy(): void {
    this.shutdown.abort();
  }

  /**
   * Server-sent events: `log` with the id of its line for each that is there and each that comes, then `end`. Nothing is read
   * any more once the stream is closed, which is what happens when its reader goes away.
   */
  open(runId: string, following: Following): Readable {
    const gone = new AbortController();
    const events = this.follow(runId, following, AbortSignal.any([gone.signal, this.shutdown.signal]));
    const stream = new PassThrough({
      // Not at `close`: a stream made of a generator closes only after the next event, which may be far away.
      destroy: (error, done) => {
        gone.abort();
        this.streams.delete(stream);
        done(error);
      },
    });
    this.streams.add(stream);
    pipeline(eventStream(events), stream).catch((error: unknown) => this.tell(runId, error));
    return stream;
  }

  private tell(runId: string, error: unknown): void {
    if ((error as { code?: string }).code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    this.logger.warn(`The log of ${runId} is followed no further: ${String(error)}`);
  }

  private async *follow(runId: string, { task, after }: Following, signal: AbortSignal): AsyncGenerator<RunLogEvent> {
    let last = after;
    for (let toldAt = Date.now(); !signal.aborted;) {
      // The status before the lines: once it is over, all lines are there.
      const status = await this.logs.statusOf(runId);
      const lines = await this.logs.after(last, { runId, task, most: BATCH });
      for (const line of lines) yield { kind: 'line', line };
      if (lines.length > 0) toldAt = Date.now();
      last = lines.at(-1)?.id ?? last;
      if (lines.length === BATCH) continue;
      if (status === undefined) return;
      if (status !== 'queued' && status !== 'running') return yield { kind: 'end', status };
      if (Date.now() - toldAt >= SIGN_OF_LIFE_MS) {
        yield { kind: 'pause' };
        toldAt = Date.now();
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function* eventStream(events: AsyncIterable<RunLogEvent>): AsyncGenerator<string> {
  // Lets the reader know at once that it is heard, also when there is nothing to tell yet.
  yield ': open\n\n';
  for await (const event of events) yield textOf(event);
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
