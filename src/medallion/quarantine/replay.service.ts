import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { DeltaService } from '../../delta/delta.service.js';
import type { Column } from '../../engines/sql/sql.port.js';
import type { JobReference } from '../../pipelines/job.types.js';
import { JobsService } from '../../pipelines/jobs.service.js';
import { Task } from '../../pipelines/task.decorator.js';
import type { TaskRun } from '../../pipelines/task-run.types.js';
import { toRules } from '../expectations/rule.js';
import {
  AlreadyReplayedError,
  MendedRowError,
  QuarantinedRowNotFoundError,
  ReplayTargetMissingError,
} from '../medallion.errors.js';
import { TransformsService } from '../models/transforms.service.js';
import { type MendedRow, MendedRows, type RowFault } from './mended-rows.js';
import type { QuarantineEntry } from './quarantine-columns.js';
import { ReplayLedger } from './replay-ledger.js';
import { toRowJson } from './row-json.js';

const ADDED_BY_LOAD: readonly string[] = ['_ingested_at', '_source', '_batch'];

export const ReplayOptions = z
  .strictObject({
    rows: z
      .array(
        z.strictObject({
          id: z.guid().meta({ example: '0cc175b9-c0f1-b6a8-31c3-99e269772661' }),
          row: z
            .record(z.string(), z.unknown())
            .optional()
            .meta({
              description: 'The whole row, mended; when not given, the row is tried again as it is',
              example: { delay: 12 },
            }),
        }),
      )
      .min(1)
      .max(1000)
      .refine((rows) => new Set(rows.map(({ id }) => id)).size === rows.length, 'names a row twice'),
  })
  .meta({ id: 'ReplayOptions' });
export type ReplayOptions = z.output<typeof ReplayOptions>;

export interface ReplayReport {
  readonly rows: number;
  readonly replayed: number;
  readonly rejected: number;
  /** Rows that had gone back before. */
  readonly already: number;
}

/** Takes mended rows back from quarantine, each once. */
@Injectable()
export class ReplayService {
  constructor(
    private readonly ledger: ReplayLedger,
    private readonly mended: MendedRows,
    private readonly delta: DeltaService,
    private readonly transforms: TransformsService,
    private readonly jobs: JobsService,
  ) {}

  /**
   * Looks at the rows and starts the job that takes them back. Jobs of the kind run one after another.
   * @throws {QuarantinedRowNotFoundError} @throws {AlreadyReplayedError} @throws {MendedRowError} @throws {ReplayTargetMissingError}
   */
  async start(options: ReplayOptions): Promise<JobReference> {
    const entries = await this.ledger.find(options.rows.map(({ id }) => id));
    const unknown = options.rows.filter(({ id }) => !entries.some((entry) => entry.id === id));
    if (unknown.length > 0) throw new QuarantinedRowNotFoundError(unknown.map(({ id }) => id));
    const done = entries.filter(({ status }) => status === 'replayed');
    if (done.length > 0) throw new AlreadyReplayedError(done.map(({ id }) => id));
    for (const [dataset, group] of byDataset(entries)) {
      const faults = await this.mended.misfits(toMended(group, options), await this.columns(dataset));
      if (faults.length > 0) throw new MendedRowError(dataset, faults);
    }
    return this.jobs.start('medallion.replay', options);
  }

  @Task('medallion.replay', ReplayOptions)
  async replay(options: ReplayOptions, run: TaskRun): Promise<ReplayReport> {
    const entries = await this.ledger.find(options.rows.map(({ id }) => id));
    const totals = { replayed: 0, rejected: 0 };
    for (const [dataset, group] of byDataset(entries)) {
      run.signal.throwIfAborted();
      const { replayed, rejected } = await this.replayInto(dataset, group, options, run);
      totals.replayed += replayed;
      totals.rejected += rejected;
      run.log.info(`${dataset}: ${replayed} row(s) went back, ${rejected} stay in quarantine`);
    }
    return { rows: totals.replayed, ...totals, already: options.rows.length - totals.replayed - totals.rejected };
  }

  private async replayInto(
    dataset: string,
    group: readonly QuarantineEntry[],
    options: ReplayOptions,
    run: TaskRun,
  ): Promise<{ replayed: number; rejected: number }> {
    const { own, refused: before } = await this.ledger.claim(dataset, toMended(group, options), run.runId);
    // An attempt that died behind its delivery had let go of what it refused: the others went back, whatever the rules say now.
    if (await this.ledger.isDelivered(dataset, run.runId)) {
      await this.ledger.close(dataset, own);
      return { replayed: own.length, rejected: before.length };
    }
    const faulty = await this.takeBack(dataset, own, run);
    return { replayed: own.length - faulty, rejected: before.length + faulty };
  }

  /** @returns how many stay in quarantine */
  private async takeBack(dataset: string, claimed: readonly QuarantineEntry[], run: TaskRun): Promise<number> {
    const columns = await this.columns(dataset);
    const rows = claimed.map(({ id, row }) => ({ id, row: row ?? '{}' }));
    const faults = await this.faults(claimed, rows, columns);
    const refused = new Set(faults.map(({ id }) => id));
    const passed = rows.filter(({ id }) => !refused.has(id));
    // Whatever is still claimed when the delivery stands was delivered: so the refused ones are let go before it.
    await this.ledger.release(dataset, claimed, faults, run.runId);
    await this.ledger.deliver(dataset, passed, columns, run);
    await this.ledger.close(
      dataset,
      claimed.filter(({ id }) => !refused.has(id)),
    );
    return faults.length;
  }

  private async faults(
    entries: readonly QuarantineEntry[],
    rows: readonly MendedRow[],
    columns: readonly Column[],
  ): Promise<RowFault[]> {
    const misfits = await this.mended.misfits(rows, columns);
    if (entries.length === 0 || entries[0].stage === 'load') return misfits;
    const odd = new Set(misfits.map(({ id }) => id));
    const model = this.transforms.inOrder([entries[0].dataset]).at(-1);
    const rules = (model?.expectations ?? []).flatMap((expectation) => toRules(expectation, { now: new Date() }));
    return [
      ...misfits,
      ...(await this.mended.broken(
        rows.filter(({ id }) => !odd.has(id)),
        columns,
        rules,
      )),
    ];
  }

  private async columns(dataset: string): Promise<Column[]> {
    if (!(await this.delta.exists(dataset))) throw new ReplayTargetMissingError(dataset);
    const { columns } = await this.delta.snapshot(dataset);
    return columns.filter(({ name }) => !ADDED_BY_LOAD.includes(name));
  }
}

function byDataset(entries: readonly QuarantineEntry[]): Map<string, QuarantineEntry[]> {
  return Map.groupBy(entries, ({ dataset }) => dataset);
}

/** @throws {MendedRowError} for a row that was never readable and is not given */
function toMended(entries: readonly QuarantineEntry[], { rows }: ReplayOptions): MendedRow[] {
  const given = new Map(rows.map(({ id, row }) => [id, row]));
  return entries.map(({ id, row, dataset }) => {
    const mended = given.get(id);
    const text = mended ? toRowJson(mended) : row;
    if (text === null) {
      throw new MendedRowError(dataset, [{ id, reason: 'it could not be read as a row: send the row that is meant' }]);
    }
    return { id, row: text };
  });
}
