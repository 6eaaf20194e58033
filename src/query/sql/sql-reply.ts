import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { Injectable, StreamableFile } from '@nestjs/common';
import { LabError } from '../../errors/lab-error.js';
import { histogram } from '../../telemetry/metrics.js';
import { toCsv } from '../formats/csv.js';
import { formatOf, MEDIA_TYPES } from '../formats/media-type.js';
import { distinctNames } from '../formats/row-source.js';
import { startedStream } from '../formats/started-stream.js';
import type { OpenQuery } from './open-query.js';
import type { Format, SqlRequest } from './sql.schema.js';
import { SqlQueryService } from './sql-query.service.js';

const USUAL_JSON_ROWS = 1000;
/** Arrow's own for a stream differs from that of a file. */
const ENDINGS = { csv: 'csv', parquet: 'parquet', arrow: 'arrows' } as const;
const SECONDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 300];

/** What the route of SQL answers: a query in the format that the caller takes. */
@Injectable()
export class SqlReply {
  constructor(private readonly queries: SqlQueryService) {}

  /** @param gone aborted when nobody waits any more */
  async to(request: SqlRequest, accept: string | undefined, gone: AbortSignal): Promise<StreamableFile> {
    const format = request.format ?? formatOf(accept);
    const startedAt = performance.now();
    const tell = (error?: unknown): void => observed(format, startedAt, error);
    try {
      const query = await this.queries.open(request, gone);
      try {
        const { stream, bytes } = await this.stream(query, format, { limit: request.limit, startedAt });
        addAbortSignal(query.signal, stream);
        stream.once('close', () => {
          tell(stream.errored);
          void query.close();
        });
        const disposition = format === 'json' ? {} : { disposition: `attachment; filename="result.${ENDINGS[format]}"` };
        return new StreamableFile(stream, { type: MEDIA_TYPES[format], ...disposition, ...(bytes && { length: bytes }) });
      } catch (error) {
        void query.close();
        throw error;
      }
    } catch (error) {
      tell(error);
      throw error;
    }
  }

  private async stream(
    query: OpenQuery,
    format: Format,
    { limit, startedAt }: { limit: number | undefined; startedAt: number },
  ): Promise<{ stream: Readable; bytes?: number }> {
    const most = this.queries.rowsAllowed();
    switch (format) {
      case 'json': {
        const text = await jsonAnswer(query, Math.min(limit ?? USUAL_JSON_ROWS, most), startedAt);
        return { stream: Readable.from([text], { objectMode: false }), bytes: text.length };
      }
      case 'csv':
        return { stream: await startedStream(toCsv(query.rows(limit, most))) };
      case 'arrow':
        return { stream: await startedStream(query.arrow(limit, most)) };
      case 'parquet': {
        const file = await query.parquet(limit, most);
        return { stream: createReadStream(file), bytes: (await stat(file)).size };
      }
    }
  }
}

async function jsonAnswer(query: OpenQuery, limit: number, startedAt: number): Promise<Buffer> {
  const { rows, truncated } = await query.json(limit);
  const names = distinctNames(query.columns);
  const columns = JSON.stringify(query.columns.map(({ type }, index) => ({ name: names[index], type })));
  const elapsed = Math.round(performance.now() - startedAt);
  const counts = `"row_count":${rows.length},"truncated":${truncated},"elapsed_ms":${elapsed}`;
  return Buffer.from(`{"columns":${columns},"rows":[${rows.join(',')}],${counts}}`);
}

function observed(format: Format, startedAt: number, error: unknown): void {
  const outcome = outcomeOf(error);
  histogram(
    { name: 'lab_sql_seconds', help: 'SQL of people, until its answer is sent', labels: ['format', 'outcome'] },
    SECONDS,
  ).observe({ format, outcome }, (performance.now() - startedAt) / 1000);
}

function outcomeOf(error: unknown): string {
  const cause = error instanceof Error && error.name === 'AbortError' ? error.cause : error;
  if (cause === undefined || cause === null) return 'answered';
  return cause instanceof LabError ? cause.code.toLowerCase() : 'failed';
}
