import type { IncomingHttpHeaders } from 'node:http';
import { Injectable, StreamableFile } from '@nestjs/common';
import type { Page } from '../../http/page.schema.js';
import { type RunLogLine, RunLogQuery } from '../run.schema.js';
import { RunLogFeed } from './run-log-feed.js';
import { RunLogs } from './run-logs.js';

const EVENT_STREAM = 'text/event-stream';

/** What a route answers that tells the log of a run or a job: a page, or a stream when the caller takes one. */
@Injectable()
export class RunLogReply {
  constructor(
    private readonly logs: RunLogs,
    private readonly feed: RunLogFeed,
  ) {}

  async of(runId: string, query: RunLogQuery, headers: IncomingHttpHeaders): Promise<Page<RunLogLine> | StreamableFile> {
    if (!headers.accept?.includes(EVENT_STREAM)) return this.logs.list(runId, query);
    const after = RunLogQuery.shape.after.safeParse(headers['last-event-id']).data ?? query.after;
    return new StreamableFile(this.feed.open(runId, { ...query, after }), { type: EVENT_STREAM });
  }
}
