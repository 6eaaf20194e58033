import { Injectable } from '@nestjs/common';
import { CatalogService } from '../catalog/catalog.service.js';
import { DeltaService } from '../delta/delta.service.js';
import type { Batch, DriftDecision } from './drift.types.js';
import { decideDrift } from './drift/decide-drift.js';
import { SchemaDriftError } from './medallion.errors.js';

/** Columns that a load adds to every row. */
const ADDED_BY_LOAD: readonly string[] = ['_ingested_at', '_source', '_batch'];

/** Decides how a batch whose columns are not those of its bronze table goes into it. */
@Injectable()
export class DriftService {
  constructor(
    private readonly delta: DeltaService,
    private readonly catalog: CatalogService,
  ) {}

  /** @throws {SchemaDriftError} under the policy `fail`, after the catalogue has kept what was different */
  async check({ dataset, policy, columns, runId }: Batch): Promise<DriftDecision> {
    if (!(await this.delta.exists(dataset))) return { changes: [], evolve: false, select: '*', misfits: [] };
    const snapshot = await this.delta.snapshot(dataset);
    const known = snapshot.columns.filter(({ name }) => !ADDED_BY_LOAD.includes(name));
    const decision = decideDrift(known, columns, policy, (table, given) => this.delta.commonType(table, given));
    if (policy === 'fail' && decision.changes.length > 0) {
      await this.catalog.recordSchemaChanges(dataset, null, runId ?? null, decision.changes);
      throw new SchemaDriftError(dataset, decision.changes);
    }
    return decision;
  }
}
