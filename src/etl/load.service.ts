import { glob } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { LabConfig } from '../config/lab-config.js';
import { SqlError } from '../engines/sql/sql.errors.js';
import type { Relation } from '../engines/sql/sql.port.js';
import { LakeStorage } from '../engines/storage/storage.port.js';
import { LakeService } from '../medallion/lake.service.js';
import { Task } from '../pipelines/task.decorator.js';
import type { TaskRun } from '../pipelines/task-run.types.js';
import { SourceFileMissingError, UnreadableSourceError } from './etl.errors.js';
import { type LandedFile, LandingService } from './landing.service.js';
import type { SourceDeclaration } from './source.schema.js';
import { SourcesService, tableOf } from './sources.service.js';

export const LoadOptions = z
  .strictObject({ source: z.string().meta({ description: 'Name of a declared source', example: 'flights' }) })
  .meta({ id: 'LoadOptions' });
export type LoadOptions = z.output<typeof LoadOptions>;

interface LoadedBatch {
  /** Of the bytes: it stands in `_batch` of every row. */
  readonly batch: string;
  readonly file: string;
  readonly rows: number;
  readonly skipped: boolean;
  readonly reason?: string;
}

export interface LoadReport {
  readonly dataset: string;
  readonly rows: number;
  readonly batches: readonly LoadedBatch[];
  readonly skipped: boolean;
}

/** Source files into bronze: as received, each exactly once. */
@Injectable()
export class LoadService {
  constructor(
    @Inject(LabConfig) private readonly config: LabConfig,
    @Inject(LakeStorage) private readonly storage: LakeStorage,
    private readonly sources: SourcesService,
    private readonly landing: LandingService,
    private readonly lake: LakeService,
  ) {}

  @Task('etl.load', LoadOptions)
  async load({ source: name }: LoadOptions, run: TaskRun): Promise<LoadReport> {
    const source = this.sources.declaration(name);
    const files = await this.files(source);
    const batches: LoadedBatch[] = [];
    for (const [index, file] of files.entries()) {
      run.signal.throwIfAborted();
      const onProgress = (share: number): void => run.progress((index + share) / files.length, file.name);
      batches.push(await this.loadFile(source, file.path, { run, onProgress }));
    }
    return {
      dataset: tableOf(source),
      rows: batches.reduce((sum, { rows }) => sum + rows, 0),
      batches,
      skipped: batches.every(({ skipped }) => skipped),
    };
  }

  private async files(source: SourceDeclaration): Promise<{ path: string; name: string }[]> {
    const found = await Array.fromAsync(glob(source.path, { cwd: this.config.workspaceDir, withFileTypes: true }));
    const files = found
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => ({ path: resolve(parentPath, name), name }));
    if (files.length === 0) throw new SourceFileMissingError(source.name, source.path);
    return files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  private async loadFile(
    source: SourceDeclaration,
    path: string,
    work: { run: TaskRun; onProgress: (share: number) => void },
  ): Promise<LoadedBatch> {
    const started = performance.now();
    const landed = await this.landing.land(source.name, path, work.run.signal);
    const commit = await this.append(source, landed, work);
    if (commit.skipped) {
      work.run.log.info(`${landed.name}: loaded before, nothing to do`);
      return { batch: landed.sha256, file: landed.name, rows: 0, skipped: true, reason: 'these bytes were loaded before' };
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    work.run.log.info(`${tableOf(source)}: ${commit.rowsAdded.toLocaleString('en')} rows from ${landed.name} in ${seconds} s`);
    return { batch: landed.sha256, file: landed.name, rows: commit.rowsAdded, skipped: false };
  }

  private async append(
    source: SourceDeclaration,
    landed: LandedFile,
    { run, onProgress }: { run: TaskRun; onProgress: (share: number) => void },
  ) {
    const relation = await this.relation(source, landed);
    try {
      return await this.lake.write(tableOf(source), {
        mode: 'append',
        query: {
          sql: 'select *, $1::timestamptz as _ingested_at, $2::varchar as _source, $3::varchar as _batch from received',
          tables: { received: relation },
          parameters: [new Date(), landed.name, landed.sha256],
        },
        txn: { appId: `etl:${source.name}:${landed.sha256}`, version: 1 },
        description: source.description,
        facts: { run_id: run.runId, inputs: [{ name: landed.path, version: null }], keys: [], time: null, targets: [] },
        signal: run.signal,
        onProgress,
      });
    } catch (error) {
      if (error instanceof SqlError) throw new UnreadableSourceError(source.name, landed.name, error.reason);
      throw error;
    }
  }

  private async relation(source: SourceDeclaration, landed: LandedFile): Promise<Relation> {
    const files = [await this.storage.localFile(landed.path)];
    if (source.format === 'parquet') return { format: 'parquet', files };
    const { columns, null_value: nullValue, ...dialect } = source.csv;
    const declared = columns && Object.entries(columns).map(([name, type]) => ({ name, type }));
    return { format: 'csv', files, csv: { ...dialect, columns: declared, nullValue } };
  }
}
