import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { InputVersion } from '../../catalog/catalog.types.js';
import { LabConfig } from '../../config/lab-config.js';
import { DeltaService } from '../../delta/delta.service.js';
import type { Snapshot } from '../../delta/delta.types.js';
import type { Relation } from '../../engines/sql/sql.port.js';
import { MissingInputError } from '../medallion.errors.js';
import { SEED_TABLE } from './model-file.js';
import { seedRelation } from './seed.js';
import { type ReferencedModel, TransformsService } from './transforms.service.js';

/** What a model reads, as it stands at one moment. */
export interface BuildInputs {
  /** Of the tables that it reads, those behind views among them. */
  readonly snapshots: readonly Snapshot[];
  /** SHA-256 by path, of the file of a seed. */
  readonly files: Readonly<Record<string, string>>;
  /** What the names in its SELECT mean. */
  readonly tables: Readonly<Record<string, Relation>>;
}

/** The same before it is looked at, as far as it is there. */
export interface FoundInputs extends Omit<BuildInputs, 'tables'> {
  /** Names of tables. */
  readonly missing: readonly string[];
}

export const versionsOf = ({ snapshots, files }: BuildInputs): InputVersion[] => [
  ...snapshots.map(({ table, version }) => ({ name: table, version })),
  ...Object.keys(files).map((path) => ({ name: path, version: null })),
];

/** Finds what models read. */
@Injectable()
export class ModelInputs {
  constructor(
    @Inject(LabConfig) private readonly config: LabConfig,
    private readonly transforms: TransformsService,
    private readonly delta: DeltaService,
  ) {}

  /** @throws {MissingInputError} */
  async of(model: ReferencedModel): Promise<BuildInputs> {
    const { snapshots, files, missing } = await this.found(model);
    if (missing.length > 0) throw new MissingInputError(model.name, missing[0]);
    if (model.csv) return { snapshots, files, tables: { [SEED_TABLE]: seedRelation(this.fileOf(model.csv.path), model.csv) } };
    return { snapshots, files, tables: await this.relations(model, snapshots) };
  }

  /** What is there of all that a model reads, and which tables are not. */
  async found(model: ReferencedModel): Promise<FoundInputs> {
    const names = [...new Set(this.tablesBehind(model))];
    const tables = await Promise.all(
      names.map(async (table) => ((await this.delta.exists(table)) ? this.delta.snapshot(table) : table)),
    );
    return {
      snapshots: tables.filter((table) => typeof table !== 'string'),
      missing: tables.filter((table) => typeof table === 'string'),
      files: model.csv ? { [model.csv.path]: await sha256(this.fileOf(model.csv.path)) } : {},
    };
  }

  private fileOf(path: string): string {
    return join(this.config.workspaceDir, path);
  }

  /** The tables that a model reads, those behind views among them. */
  tablesBehind(model: ReferencedModel): string[] {
    return model.reads.flatMap((name) => {
      const read = this.transforms.find(name);
      return read?.kind === 'view' ? this.tablesBehind(read) : [name];
    });
  }

  /** What the names in a SELECT mean. @param snapshots of all tables behind it */
  async relations(model: ReferencedModel, snapshots: readonly Snapshot[]): Promise<Record<string, Relation>> {
    const tables: Record<string, Relation> = {};
    for (const name of model.reads) {
      const read = this.transforms.find(name);
      tables[name] =
        read?.kind === 'view'
          ? { format: 'view', query: { sql: read.sql, tables: await this.relations(read, snapshots) } }
          : await this.delta.relation(snapshots.find(({ table }) => table === name) as Snapshot);
    }
    return tables;
  }
}

const sha256 = async (file: string): Promise<string> => createHash('sha256').update(await readFile(file)).digest('hex');
