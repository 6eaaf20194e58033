import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DamagedFileError, SqlError } from '../../engines/sql/sql.errors.js';
import type { Column, Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { CorruptLogError } from '../delta.errors.js';
import { type Action, normalise, parseActions, serialiseActions } from './action.js';
import type { CheckpointFiles, LogFiles } from './log-files.js';

const TEXTS = 'MAP(VARCHAR, VARCHAR)';
const VECTOR = 'STRUCT(storageType VARCHAR, pathOrInlineDv VARCHAR, "offset" INTEGER, sizeInBytes INTEGER, cardinality BIGINT)';

/** Delta protocol, "Checkpoint Schema": one row an action, one column a kind of action. */
const COLUMNS: readonly Column[] = [
  {
    name: 'protocol',
    type: 'STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER, readerFeatures VARCHAR[], writerFeatures VARCHAR[])',
  },
  {
    name: 'metaData',
    type:
      `STRUCT(id VARCHAR, name VARCHAR, description VARCHAR, format STRUCT(provider VARCHAR, options ${TEXTS}), ` +
      `schemaString VARCHAR, partitionColumns VARCHAR[], createdTime BIGINT, configuration ${TEXTS})`,
  },
  { name: 'txn', type: 'STRUCT(appId VARCHAR, version BIGINT, lastUpdated BIGINT)' },
  {
    name: 'add',
    type:
      `STRUCT(path VARCHAR, partitionValues ${TEXTS}, size BIGINT, modificationTime BIGINT, dataChange BOOLEAN, ` +
      `stats VARCHAR, deletionVector ${VECTOR}, tags ${TEXTS})`,
  },
  {
    name: 'remove',
    type:
      'STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN, extendedFileMetadata BOOLEAN, ' +
      `partitionValues ${TEXTS}, size BIGINT, deletionVector ${VECTOR})`,
  },
];

/** In checkpoints of the second kind alone: who does not know them should not find their columns. */
const SECOND_KIND: readonly Column[] = [
  { name: 'checkpointMetadata', type: `STRUCT(version BIGINT, tags ${TEXTS})` },
  { name: 'sidecar', type: `STRUCT(path VARCHAR, sizeInBytes BIGINT, modificationTime BIGINT, tags ${TEXTS})` },
];

/** The whole state of a table in one Parquet file, so that nobody replays its log from the first entry. */
export class Checkpoints {
  constructor(
    private readonly storage: LakeStorage,
    private readonly sql: SqlEngine,
  ) {}

  /** @throws {FileNotFoundError} when a part is gone @throws {CorruptLogError} */
  async read(files: LogFiles, checkpoint: CheckpointFiles): Promise<Action[]> {
    const actions = await this.own(checkpoint);
    const sidecars = sidecarsIn(actions, files);
    return sidecars.length > 0 ? [...actions, ...(await this.readParquet(sidecars))] : actions;
  }

  /** @returns the paths of the files that a checkpoint names, none unless it is of the second kind. As {@link read} throws */
  async sidecars(files: LogFiles, checkpoint: CheckpointFiles): Promise<string[]> {
    return sidecarsIn(await this.own(checkpoint), files);
  }

  /** Writes a classic checkpoint and points to it. A racer's checkpoint of the same version says the same. */
  async write(files: LogFiles, version: number, actions: readonly Action[]): Promise<void> {
    const folder = await this.storage.stage();
    try {
      const source = join(folder, 'actions.json');
      await writeFile(source, serialiseActions(actions));
      const columns = actions.some(({ checkpointMetadata }) => checkpointMetadata) ? [...COLUMNS, ...SECOND_KIND] : COLUMNS;
      const tables: Record<string, Relation> = { actions: { format: 'json', files: [source], columns } };
      const written = await this.sql.materialise({ sql: 'SELECT * FROM actions', tables }, folder);
      const path = files.checkpoint(version);
      if (written.files.length !== 1) throw new CorruptLogError(path, `the engine wrote it as ${written.files.length} files`);
      await this.storage.adopt(written.files[0].file, path);
      const pointer = {
        version,
        size: actions.length,
        sizeInBytes: written.files[0].bytes,
        numOfAddFiles: actions.filter(({ add }) => add).length,
      };
      await this.storage.write(files.lastCheckpoint, Buffer.from(JSON.stringify(pointer)));
    } finally {
      await this.storage.discard(folder);
    }
  }

  private async own({ paths }: CheckpointFiles): Promise<Action[]> {
    const [first] = paths;
    if (!first.endsWith('.json')) return this.readParquet(paths);
    return parseActions((await this.storage.read(first)).toString('utf8'), first);
  }

  private async readParquet(paths: readonly string[]): Promise<Action[]> {
    const files = await Promise.all(paths.map((path) => this.storage.localFile(path)));
    try {
      return await this.actionsIn(files);
    } catch (error) {
      if (error instanceof SqlError || error instanceof DamagedFileError) {
        throw new CorruptLogError(paths.join(', '), error.reason);
      }
      // Of an action that lacks something.
      if (error instanceof TypeError) throw new CorruptLogError(paths.join(', '), error.message);
      throw error;
    }
  }

  private async actionsIn(files: readonly string[]): Promise<Action[]> {
    const tables: Record<string, Relation> = { log: { format: 'parquet', files } };
    const present = new Set((await this.sql.describe({ sql: 'SELECT * FROM log', tables })).map(({ name }) => name));
    const kinds = [...COLUMNS, ...SECOND_KIND].map(({ name }) => name).filter((name) => present.has(name));
    const select = kinds.map((kind) => `CAST(to_json(${kind}) AS STRING) AS ${kind}`).join(', ');
    const actions: Action[] = [];
    for await (const { rows, values } of this.sql.read({ sql: `SELECT ${select} FROM log`, tables })) {
      for (let row = 0; row < rows; row++) {
        const kind = values.findIndex((column) => column[row] !== null);
        if (kind >= 0) actions.push(normalise({ [kinds[kind]]: JSON.parse(String(values[kind][row])) }));
      }
    }
    return actions;
  }
}

const sidecarsIn = (actions: readonly Action[], files: LogFiles): string[] =>
  actions.flatMap(({ sidecar }) => (sidecar ? [files.sidecar(sidecar.path)] : []));
