import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { DeltaService } from '../../delta/delta.service.js';
import type { Snapshot } from '../../delta/delta.types.js';
import { type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import { LakeStorage } from '../../engines/storage/storage.port.js';
import { datasetSnapshot } from '../dataset-snapshot.js';
import { toCsv } from '../formats/csv.js';
import { toJson } from '../formats/json.js';
import { MEDIA_TYPES } from '../formats/media-type.js';
import type { RowSource } from '../formats/row-source.js';
import { startedStream } from '../formats/started-stream.js';
import { dividedBy, type Division } from './division.js';
import type { DownloadFormat, DownloadQuery } from './download.schema.js';
import { hiveEntries } from './hive-entries.js';
import { toTar } from './tar.js';

export interface Download {
  /** Changes with the rows, whatever file they are put in. */
  readonly etag: string;
  readonly fileName: string;
  readonly type: string;
  /** The bytes are made once this is called. @param gone aborted when nobody waits for them any more */
  open(gone: AbortSignal): Promise<{ readonly stream: Readable; readonly bytes?: number }>;
}

/** Whole tables as files. */
@Injectable()
export class DownloadService {
  constructor(
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
    @Inject(LakeStorage) private readonly storage: LakeStorage,
  ) {}

  /** @throws {DatasetNotFoundError} {@link VersionNotFoundError} {@link VersionVacuumedError} {@link InvalidDivisionError} */
  async of(name: string, { format, version, partition_by: columns }: DownloadQuery): Promise<Download> {
    const snapshot = await datasetSnapshot(this.delta, name, version);
    const division = columns === undefined ? undefined : dividedBy(snapshot, columns.split(','));
    const ending = division ? 'tar' : format;
    // A comma would end it in a list of ETags.
    const shape = [format, ...(division ?? [])].map(encodeURIComponent).join(';');
    return {
      etag: `W/"${name}@${snapshot.version}-${snapshot.timestamp.getTime()}-${shape}"`,
      fileName: `${name}.v${snapshot.version}.${ending}`,
      type: division ? 'application/x-tar' : MEDIA_TYPES[format],
      open: async (gone) => {
        const dataset = await this.delta.relation(snapshot);
        return division
          ? this.divided(snapshot, dataset, { division, format, gone })
          : this.whole(snapshot, dataset, format, gone);
      },
    };
  }

  private async whole(
    { columns }: Snapshot,
    dataset: Relation,
    format: DownloadFormat,
    signal: AbortSignal,
  ): Promise<{ stream: Readable; bytes?: number }> {
    if (format === 'parquet') return this.parquet(dataset, signal);
    const read: RowSource['read'] = (select = '*') =>
      this.sql.read({ sql: `SELECT ${select} FROM dataset`, tables: { dataset } }, { signal });
    return { stream: await startedStream(format === 'csv' ? toCsv({ columns, read }) : toJson({ columns, read })) };
  }

  private async parquet(dataset: Relation, signal: AbortSignal): Promise<{ stream: Readable; bytes: number }> {
    const folder = await this.storage.stage();
    try {
      const options = { signal, oneFile: true, keepEmpty: true };
      const { files } = await this.sql.materialise({ sql: 'SELECT * FROM dataset', tables: { dataset } }, folder, options);
      const stream = createReadStream(files[0].file, { signal });
      stream.once('close', () => void this.storage.discard(folder));
      return { stream, bytes: files[0].bytes };
    } catch (error) {
      await this.storage.discard(folder);
      throw error;
    }
  }

  private async divided(
    { table, timestamp }: Snapshot,
    dataset: Relation,
    { division, format, gone: signal }: { division: Division; format: DownloadFormat; gone: AbortSignal },
  ): Promise<{ stream: Readable }> {
    const entries = hiveEntries({ sql: this.sql, storage: this.storage }, dataset, {
      division,
      format,
      signal,
      root: table,
      modifiedAt: timestamp,
    });
    return { stream: await startedStream(toTar(entries)) };
  }
}
