import { Injectable } from '@nestjs/common';
import { DeltaService } from '../../delta/delta.service.js';
import type { Commit } from '../../delta/delta.types.js';
import { KeyedBuild } from './keyed-build.js';
import { type Making, ModelWriter } from './model-writer.js';
import { TableState } from './table-state.js';

/** Builds tables in one commit each. */
@Injectable()
export class WholeBuild {
  constructor(
    private readonly writer: ModelWriter,
    private readonly tables: TableState,
    private readonly delta: DeltaService,
    private readonly keyed: KeyedBuild,
  ) {}

  /** @returns no commit when nothing has changed and `force` is not given */
  async build(making: Making, force: boolean): Promise<Commit[]> {
    const { model, inputs, made } = making;
    const table = await this.tables.of(model.name);
    if (!force && table.isSame(made)) return [];
    const anew = force || !table.isMadeAs(made);
    if (model.kind === 'snapshot') return [await this.keyed.snapshot(making, table, anew || !table.hasTextOf(made))];
    if (model.kind === 'incremental_by_key') return [await this.keyed.byKey(making, table, anew)];
    return [await this.writer.write(making, { mode: 'overwrite', query: { sql: model.sql, tables: inputs.tables } })];
  }

  /** A table that stays as it is: only its age may have to be looked at. */
  async keep({ model, run }: Making): Promise<{ version: number; rows: number }> {
    const { snapshot } = await this.tables.of(model.name);
    if (!snapshot) {
      run.log.info(`${model.name}: no interval is over yet`);
      return { version: -1, rows: 0 };
    }
    run.log.info(`${model.name}: nothing has changed, version ${snapshot.version} stays`);
    await this.writer.inspectAge(model, { relation: await this.delta.relation(snapshot), version: snapshot.version }, run);
    return { version: snapshot.version, rows: snapshot.rows };
  }
}
