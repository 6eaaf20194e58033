import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SqlEngine } from '../../engines/sql/sql.port.js';
import { BuildQuarantine } from '../quarantine/build-quarantine.js';
import type { ModelKind } from './model.schema.js';
import { substanceOf } from './model-file.js';
import type { BuildInputs } from './model-inputs.js';
import { type ReferencedModel, TransformsService } from './transforms.service.js';

/** All that a version of a table was made from, in short: what differs between two of them is why it is made again. */
export interface MadeFrom {
  readonly kind: ModelKind;
  /** Hashes of the SELECT and of what stands in the header, by key. */
  readonly text: Readonly<Record<string, string>>;
  /** Hashes of the definitions of the models that it reads, views among them. */
  readonly models: Readonly<Record<string, string>>;
  /** The version that changed the rows of each table that it reads, or the hash of a file. */
  readonly inputs: Readonly<Record<string, number | string>>;
  /** Replays of mended rows. */
  readonly mended: number;
  readonly engine: string;
}

/** Words about a table, and settings of which rows come next: neither makes rows that are there other than they are. */
const NOT_IN_ROWS = ['description', 'columns', 'lookback', 'end'];

/** Names all that a table is made from: the same name again means that the table need not be made again. */
@Injectable()
export class BuildFingerprint {
  private engine: Promise<string> | undefined;

  constructor(
    @Inject(SqlEngine) private readonly sql: SqlEngine,
    private readonly quarantine: BuildQuarantine,
    private readonly transforms: TransformsService,
  ) {}

  async of(model: ReferencedModel, inputs: Omit<BuildInputs, 'tables'>): Promise<MadeFrom> {
    this.engine ??= this.engineVersion();
    const read = model.reads.map((name) => this.transforms.find(name)).filter((found) => found !== undefined);
    return {
      kind: model.kind,
      text: Object.fromEntries(Object.entries(textOf(model)).map(([key, value]) => [key, hash(value)])),
      models: Object.fromEntries(read.map((found) => [found.name, this.definition(found)])),
      inputs: { ...Object.fromEntries(inputs.snapshots.map(({ table, rowsChangedIn }) => [table, rowsChangedIn])), ...inputs.files },
      mended: await this.quarantine.correctionsVersion(model.name),
      engine: await this.engine,
    };
  }

  /** In hexadecimal: of the text of a model and of all models that it stands on. */
  private definition(model: ReferencedModel): string {
    const read = model.reads.map((name) => this.transforms.find(name)).filter((found) => found !== undefined);
    return hash([rowText(textOf(model)), read.map((found) => this.definition(found))]);
  }

  private async engineVersion(): Promise<string> {
    const [{ version }] = await this.sql.rows({ sql: 'select version() as version' });
    return String(version);
  }
}

/** In hexadecimal: the same as long as a table need not be made again. */
export const fingerprintOf = (made: MadeFrom): string => hash(made);

/**
 * In hexadecimal: the same as long as the rows that are there stay what they are, and only new ones may come. A mended row comes
 * with what the SELECT gives; of intervals nobody knows into which it falls.
 */
export const definitionOf = ({ kind, text, models, mended }: MadeFrom): string =>
  hash([kind, rowText(text), models, ...(kind === 'incremental_by_time' ? [mended] : [])]);

/** @param text hashes or values by key, of the header with its intervals spread out */
const rowText = (text: Readonly<Record<string, unknown>>): unknown =>
  Object.entries(text).filter(([key]) => !NOT_IN_ROWS.includes(key));

function textOf(model: ReferencedModel): Record<string, unknown> {
  const { intervals, ...text } = substanceOf(model);
  return Object.fromEntries(
    Object.entries({ ...text, ...(intervals as object | undefined) })
      .filter(([, value]) => value !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
