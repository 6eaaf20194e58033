import { randomUUID } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DeltaService } from '../delta/delta.service.js';
import type { Commit } from '../delta/delta.types.js';
import { LakeStorage } from '../engines/storage/storage.port.js';
import type { CommitFacts } from '../medallion/lake.types.js';
import { QuarantineService } from '../medallion/quarantine.service.js';
import type { QuarantineContext, QuarantinedRow } from '../medallion/quarantine.types.js';
import { RejectFile } from './reading/reject-file.js';

export type KeptFile = NonNullable<CommitFacts['rejects']>;

/** What is known of a batch, so that what it left can be found again. */
export type Batch = Required<Pick<QuarantineContext, 'dataset' | 'source' | 'file' | 'batch' | 'txn'>>;

/**
 * The rejected rows of a load between the lake's two tables. They are kept beside the landed file before bronze is committed,
 * the commit names them, and quarantine takes them behind it. So a load that fails leaves none, and those that arrive are those
 * of the attempt that was committed, whatever an attempt before it rejected.
 */
@Injectable()
export class KeptRejects {
  constructor(
    @Inject(LakeStorage) private readonly storage: LakeStorage,
    private readonly delta: DeltaService,
    private readonly quarantine: QuarantineService,
  ) {}

  /** Keeps them durably under the name that the commit gives. */
  async keep(rejects: RejectFile, { path }: KeptFile): Promise<void> {
    await rejects.flush();
    // A copy: when the commit does not come about, the next one may have more of them.
    const copy = `${rejects.path}.kept`;
    await copyFile(rejects.path, copy);
    await this.storage.adopt(copy, path);
  }

  /** Removes what was kept for a commit that another has made in the meantime. */
  async drop({ path }: KeptFile): Promise<void> {
    await this.storage.remove(path);
  }

  /** Removes what no commit names. What was thrown behind the commit leaves it to be settled. */
  async forget({ path }: KeptFile, { dataset, txn }: Batch): Promise<void> {
    const committed = (await this.delta.exists(dataset)) && (await this.delta.snapshot(dataset)).txns.has(txn.appId);
    if (!committed) await this.storage.remove(path);
  }

  /**
   * Takes what the commit of a batch named into quarantine, unless it is there already.
   * @param commit that of the batch, where it is known
   */
  async settle(batch: Batch, commit?: Commit): Promise<void> {
    const waiting = (await this.storage.list(prefixOf(batch))).map(({ path }) => path);
    if (waiting.length === 0) return;
    const naming =
      commit ?? (await this.delta.history(batch.dataset)).findLast((one) => waiting.includes(rejectsOf(one)?.path ?? ''));
    if (!naming) return;
    const kept = rejectsOf(naming);
    const { run_id: runId } = naming.info as Partial<CommitFacts>;
    if (kept) await this.put(kept.path, { ...batch, stage: 'load', runId: runId ?? undefined });
    // Those of other attempts can never be committed any more. What was named goes last: it tells that these may go.
    for (const path of waiting.filter((other) => other !== kept?.path)) await this.storage.remove(path);
    if (kept) await this.storage.remove(kept.path);
  }

  private async put(path: string, context: QuarantineContext): Promise<void> {
    try {
      await this.quarantine.put(quarantined(await this.storage.localFile(path)), context);
    } catch (error) {
      // Whoever took them meanwhile has removed the file.
      if (await this.storage.exists(path)) throw error;
    }
  }
}

/** How a commit names the rejected rows of a batch; undefined when there are none. */
export const keptFileOf = (batch: Batch, { rows }: RejectFile): KeptFile | undefined =>
  rows > 0 ? { path: `${prefixOf(batch)}${randomUUID()}.jsonl`, rows } : undefined;

export const rejectsOf = (commit: Commit): KeptFile | undefined => (commit.info as Partial<CommitFacts>).rejects;

/** Beside the folder of the bytes themselves, in which there is one file. */
const prefixOf = ({ source, batch }: Batch): string => `landing/${source}/${batch}.rejects-`;

async function* quarantined(file: string): AsyncGenerator<readonly QuarantinedRow[]> {
  for await (const rows of RejectFile.read(file)) {
    yield rows.map(({ line, text, rule, reason }) => ({ line, text, rules: [rule], reason }));
  }
}
