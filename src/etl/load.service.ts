import { glob } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { LabConfig } from '../config/lab-config.js';
import { Task } from '../pipelines/task.decorator.js';
import type { TaskRun } from '../pipelines/task-run.types.js';
import { BatchLoad } from './batch-load.js';
import { SourceFileMissingError } from './etl.errors.js';
import { type LandedFile, LandingService } from './landing.service.js';
import { type LoadedBatch, LoadOptions, type LoadReport } from './load.schema.js';
import type { SourceDeclaration } from './source.schema.js';
import { SourcesService, tableOf } from './sources.service.js';

/** Source files into bronze: as received, each exactly once. */
@Injectable()
export class LoadService {
  constructor(
    @Inject(LabConfig) private readonly config: LabConfig,
    private readonly sources: SourcesService,
    private readonly landing: LandingService,
    private readonly batch: BatchLoad,
  ) {}

  /** A file that fails stops the load; those before it stay loaded, and are skipped the next time. */
  @Task('etl.load', LoadOptions)
  async load({ source: name, landed: path, sent = false }: LoadOptions, run: TaskRun): Promise<LoadReport> {
    const source = this.sources.declaration(name);
    if (path !== undefined) {
      const landed = await this.landing.find(source.name, path);
      return reportOf(source, [await this.loadLanded(source, landed, { run, sent, onProgress: run.progress.bind(run) })]);
    }
    const files = await this.files(source);
    const batches: LoadedBatch[] = [];
    for (const [index, file] of files.entries()) {
      run.signal.throwIfAborted();
      const onProgress = (share: number): void => run.progress((index + share) / files.length, file.name);
      const landed = await this.landing.land(source.name, file.path, run.signal);
      batches.push(await this.loadLanded(source, landed, { run, sent: false, onProgress }));
    }
    return reportOf(source, batches);
  }

  private async files(source: SourceDeclaration): Promise<{ path: string; name: string }[]> {
    const found = await Array.fromAsync(glob(source.path, { cwd: this.config.workspaceDir, withFileTypes: true }));
    const files = found
      // A pipe or a device would be read until somebody ends it.
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map(({ parentPath, name }) => ({ path: resolve(parentPath, name), name }));
    if (files.length === 0) throw new SourceFileMissingError(source.name, source.path);
    return files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  private async loadLanded(
    source: SourceDeclaration,
    landed: LandedFile,
    work: { run: TaskRun; sent: boolean; onProgress: (share: number) => void },
  ): Promise<LoadedBatch> {
    const { log } = work.run;
    const started = performance.now();
    const { version, rows, rejected, skipped, drift = [] } = await this.batch.load({ source, landed, ...work });
    const batch = { batch: landed.sha256, file: landed.name, version, rows, rejected };
    if (skipped !== undefined) {
      log.info(`${landed.name}: ${skipped}, nothing to do`);
      return { ...batch, skipped: true, reason: skipped };
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    log.info(`${tableOf(source)}: ${rows.toLocaleString('en')} rows from ${landed.name} in ${seconds} s`);
    if (rejected > 0) log.warn(`${landed.name}: ${rejected.toLocaleString('en')} rows did not parse and are in quarantine`);
    for (const { change, column } of drift) {
      log.warn(`${landed.name}: its column "${column}" is ${change === 'added' ? 'new' : 'missing'}`);
    }
    return { ...batch, ...(drift.length > 0 ? { drift: [...drift] } : {}), skipped: false };
  }
}

function reportOf(source: SourceDeclaration, batches: readonly LoadedBatch[]): LoadReport {
  const sum = (of: 'rows' | 'rejected'): number => batches.reduce((total, batch) => total + batch[of], 0);
  const skipped = batches.every((batch) => batch.skipped);
  const versions = batches.flatMap(({ version }) => version ?? []);
  return {
    batch: batches.length === 1 ? batches[0].batch : null,
    dataset: tableOf(source),
    version: versions.length > 0 ? Math.max(...versions) : null,
    ...{ rows: sum('rows'), rejected: sum('rejected'), skipped },
    ...(skipped ? { reason: [...new Set(batches.map(({ reason }) => reason))].join('; ') } : {}),
    batches: [...batches],
  };
}
