import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Snapshot } from '../../delta/delta.types.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';
import { BuildQuarantine } from '../quarantine/build-quarantine.js';
import type { ReferencedModel } from './transforms.service.js';

/** Names all that a table is made from: the same name again means that the table need not be made again. */
@Injectable()
export class BuildFingerprint {
  private engine: Promise<string> | undefined;

  constructor(
    @Inject(SqlEngine) private readonly sql: SqlEngine,
    private readonly quarantine: BuildQuarantine,
  ) {}

  /** @returns in hexadecimal: of the model's text and header, the versions that changed the rows of its inputs, its mended rows and the engine */
  async of(model: ReferencedModel, inputs: readonly Snapshot[]): Promise<string> {
    const { file: _, sqlLine: __, expectationLines: ___, constraintLines: ____, ...text } = model;
    const versions = inputs.map(({ table, rowsChangedIn }) => [table, rowsChangedIn]);
    const corrections = await this.quarantine.correctionsVersion(model.name);
    this.engine ??= this.engineVersion();
    return createHash('sha256')
      .update(JSON.stringify([text, versions, corrections, await this.engine]))
      .digest('hex');
  }

  private async engineVersion(): Promise<string> {
    const [{ version }] = await this.sql.rows({ sql: 'select version() as version' });
    return String(version);
  }
}
