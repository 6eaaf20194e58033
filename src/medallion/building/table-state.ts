import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DeltaService } from '../../delta/delta.service.js';
import type { Snapshot, Transaction } from '../../delta/delta.types.js';
import { LabError } from '../../errors/lab-error.js';
import type { CommitFacts, DoneRange } from '../lake.types.js';
import { definitionOf, fingerprintOf, type MadeFrom } from '../models/build-fingerprint.js';

/** A table of a model as its log tells it. */
export class BuiltTable {
  constructor(
    /** Undefined before the first build. */
    readonly snapshot: Snapshot | undefined,
    /** Of the newest commit that tells what it was made from. */
    readonly facts: Partial<CommitFacts>,
  ) {}

  get madeFrom(): MadeFrom | undefined {
    return this.facts.made_from;
  }

  get intervals(): readonly DoneRange[] {
    return this.facts.intervals ?? [];
  }

  /** True when all that it was made from is as it was, and nobody else has changed it since. */
  isSame(made: MadeFrom): boolean {
    return (this.snapshot?.info as Partial<CommitFacts> | undefined)?.fingerprint === fingerprintOf(made);
  }

  /** True when not even words about it have changed. */
  hasTextOf(made: MadeFrom): boolean {
    return JSON.stringify(this.madeFrom?.text) === JSON.stringify(made.text);
  }

  /** True when at most rows of what it reads have changed. */
  isMadeAs(made: MadeFrom): boolean {
    return this.madeFrom !== undefined && definitionOf(this.madeFrom) === definitionOf(made);
  }
}

/** Reads what models have built. */
@Injectable()
export class TableState {
  constructor(private readonly delta: DeltaService) {}

  async of(table: string): Promise<BuiltTable> {
    if (!(await this.delta.exists(table))) return new BuiltTable(undefined, {});
    const snapshot = await this.delta.snapshot(table);
    const facts = snapshot.info as Partial<CommitFacts>;
    if (facts.made_from) return new BuiltTable(snapshot, facts);
    // Another system may have compacted it: that says nothing about its rows, and what was said before still holds.
    const told = (await this.delta.history(table)).find(({ info }) => 'made_from' in info);
    return new BuiltTable(snapshot, told?.info ?? {});
  }

  /** Names of the tables that models have built, as far as they can be read: of others is told where somebody asks for them. */
  async built(): Promise<string[]> {
    const tables = (await this.delta.tables()).filter((table) => /^(silver|gold)\./.test(table));
    const areBuilt = await Promise.all(tables.map((table) => this.isBuilt(table)));
    return tables.filter((_, index) => areBuilt[index]);
  }

  private async isBuilt(table: string): Promise<boolean> {
    try {
      return (await this.of(table)).madeFrom !== undefined;
    } catch (error) {
      if (error instanceof LabError) return false;
      throw error;
    }
  }
}

/** Follows what is recorded for an application, under a number of its own: so it is neither taken for another nor done twice. */
export function stepAfter(appId: string, previous: number | null, names: readonly unknown[]): Transaction {
  const hash = createHash('sha256').update(JSON.stringify([previous, ...names]));
  return { appId, version: parseInt(hash.digest('hex').slice(0, 12), 16), previous };
}
