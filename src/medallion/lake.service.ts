import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { CatalogService } from '../catalog/catalog.service.js';
import type { SchemaChange } from '../catalog/catalog.types.js';
import { DeltaService } from '../delta/delta.service.js';
import type { Commit, MergeRequest, Snapshot, WriteRequest } from '../delta/delta.types.js';
import { EventBus } from '../events/event-bus.js';
import type { CommitFacts } from './lake.types.js';

/** Beside the datasets the lake keeps what is in quarantine. */
const isDataset = (table: string): boolean => /^(bronze|silver|gold)\./.test(table);

export type CommitInfo = NonNullable<WriteRequest['info']>;

export type LakeWrite = Omit<WriteRequest, 'info'> & { readonly facts: CommitFacts };

export type LakeMerge = Omit<MergeRequest, 'info'> & { readonly facts: CommitFacts };

/** The very object: what is found out while the rows are looked at still gets into the commit. */
const asInfo = (facts: CommitFacts): CommitInfo => facts as unknown as CommitInfo;

/** The one way to write a table: rows, the commit, the catalogue, and the word that it changed, in this order. */
@Injectable()
export class LakeService implements OnApplicationBootstrap {
  private readonly logger = new Logger(LakeService.name);

  constructor(
    private readonly delta: DeltaService,
    private readonly catalog: CatalogService,
    @Inject(EventBus) private readonly bus: EventBus,
  ) {}

  /** A process that died between a commit and its record left the catalogue behind: the Delta logs bring it up to date. */
  async onApplicationBootstrap(): Promise<void> {
    const tables = await this.delta.tables();
    for (const table of tables.filter(isDataset)) {
      await this.repair(table).catch((error: unknown) => {
        this.logger.error(`The catalogue of ${table} stays as it is, its Delta log could not be followed: ${String(error)}`);
      });
    }
  }

  async write(table: string, { facts, ...request }: LakeWrite): Promise<Commit> {
    return this.told(await this.delta.write(table, { ...request, info: asInfo(facts) }));
  }

  /** Rows of a query into a table that is there, recorded and announced as a write is. */
  async merge(table: string, { facts, ...request }: LakeMerge): Promise<Commit> {
    return this.told(await this.delta.merge(table, { ...request, info: asInfo(facts) }));
  }

  /**
   * Any other change of a table, recorded and announced as a write is. What is known of the table beside its rows, such as its
   * keys and what it was built from, goes on with it: a build leaves the change alone until its own inputs or text change.
   * @param make carries out the change with this `info` in its commits
   * @throws {TableNotFoundError}
   */
  async change<T>(table: string, runId: string | null, make: (info: CommitInfo) => Promise<T>): Promise<T> {
    const { info } = await this.delta.snapshot(table);
    const facts: Partial<CommitFacts> = { run_id: runId, quality: [], drift: [] };
    try {
      return await make({ ...info, ...facts });
    } finally {
      // Also after a failure: what was committed before it stands.
      if ((await this.catchUp(table)) > 0) await this.announce(table);
    }
  }

  /** Keeps how the columns of something differed that was not written for it. */
  async refuse(table: string, runId: string, changes: readonly SchemaChange[]): Promise<void> {
    const { version } = await this.delta.snapshot(table);
    await this.catalog.recordSchemaChanges(table, version, runId, changes);
  }

  private async repair(table: string): Promise<void> {
    const { version } = await this.delta.snapshot(table);
    const missed = await this.recordAll(table, await this.catalog.unrecordedVersions(table, version));
    if (missed === 0) return;
    this.logger.log(`The catalogue missed ${missed} version(s) of ${table}: brought up to date from the Delta log`);
    // Others run on, and keep in memory what was there before.
    await this.announce(table);
  }

  private async told(commit: Commit): Promise<Commit> {
    if (commit.skipped) return commit;
    const known = (await this.catalog.knownVersion(commit.table)) ?? -1;
    // Somebody's commit before this one was not recorded: he is about to, or cannot any more.
    if (known < commit.version - 1) await this.catchUp(commit.table);
    else await this.record(commit, await this.delta.snapshot(commit.table));
    await this.bus.publish({ type: 'dataset.changed', dataset: commit.table, version: commit.version });
    return commit;
  }

  private async announce(dataset: string): Promise<void> {
    const { version } = await this.delta.snapshot(dataset);
    await this.bus.publish({ type: 'dataset.changed', dataset, version });
  }

  /** @returns how many commits the catalogue did not know */
  private async catchUp(table: string): Promise<number> {
    const { version } = await this.delta.snapshot(table);
    const known = (await this.catalog.knownVersion(table)) ?? -1;
    const behind = Array.from({ length: Math.max(0, version - known) }, (_, back) => version - back);
    return this.recordAll(table, behind);
  }

  /** @param versions from the newest to the oldest @returns how many of them the log still has */
  private async recordAll(table: string, versions: readonly number[]): Promise<number> {
    if (versions.length === 0) return 0;
    const missed = await this.delta.commits(table, versions);
    const snapshot = await this.delta.snapshot(table);
    for (const commit of missed.reverse()) await this.record(commit, snapshot);
    return missed.length;
  }

  private async record(commit: Commit, snapshot: Snapshot): Promise<void> {
    const facts = commit.info as Partial<CommitFacts>;
    await this.catalog.record(
      { ...commit, dataset: commit.table, runId: facts.run_id ?? null, inputs: facts.inputs ?? [] },
      {
        description: snapshot.description ?? '',
        rows: snapshot.rows,
        bytes: snapshot.bytes,
        files: snapshot.files.length,
        columns: snapshot.columns.map(({ name, type, nullable, description }) => ({
          name,
          type,
          nullable,
          description: description ?? null,
        })),
        partitions: snapshot.partitionColumns,
        constraints: [...snapshot.constraints],
        roles: facts.keys && { keys: facts.keys, time: facts.time ?? null, targets: facts.targets ?? [] },
      },
      { checks: facts.quality ?? [], changes: facts.drift ?? [] },
    );
  }
}
