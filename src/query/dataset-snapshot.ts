import { DatasetNotFoundError } from '../catalog/catalog.errors.js';
import { InvalidTableNameError, TableNotFoundError } from '../delta/delta.errors.js';
import type { DeltaService } from '../delta/delta.service.js';
import type { Snapshot } from '../delta/delta.types.js';

/** What is kept beside the layers, such as rows in quarantine, is no dataset. */
const DATASET = /^(bronze|silver|gold)\./i;

/**
 * @param version the newest when absent
 * @throws {DatasetNotFoundError} @throws {VersionNotFoundError} @throws {UnsupportedFeatureError}
 */
export async function datasetSnapshot(delta: DeltaService, name: string, version: number | undefined): Promise<Snapshot> {
  if (!DATASET.test(name)) throw new DatasetNotFoundError(name);
  return delta.snapshot(name, version === undefined ? undefined : { version }).catch((error: unknown) => {
    const isNone = error instanceof TableNotFoundError || error instanceof InvalidTableNameError;
    throw isNone ? new DatasetNotFoundError(name) : error;
  });
}
