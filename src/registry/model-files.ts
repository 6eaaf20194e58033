import { subtle } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { FileNotFoundError } from '../engines/storage/storage.errors.js';
import { ModelStorage } from '../engines/storage/storage.port.js';
import { type ModelClaim, ModelClaims } from './model-claims.js';
import { ModelDamagedError } from './registry.errors.js';
import type { ModelVersion } from './registry.types.js';

/** The files of a version: `<model>/<version>/model.bin`, and beside it `model.json` for people. */
@Injectable()
export class ModelFiles {
  constructor(
    @Inject(ModelStorage) private readonly storage: ModelStorage,
    private readonly claims: ModelClaims,
  ) {}

  /** @returns false when the place is taken: nothing was written then */
  async create(version: ModelVersion, file: Uint8Array): Promise<boolean> {
    const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
    if (!(await this.storage.create(version.path, bytes))) return false;
    await this.storage.write(manifestPath(version), Buffer.from(manifestOf(version)));
    return true;
  }

  /** The model file, once its checksum was compared. @throws {ModelDamagedError} when it is gone or another */
  async read(version: ModelVersion): Promise<Buffer> {
    const { model, version: number, path } = version;
    const bytes = await this.storage.read(path).catch((error: unknown) => {
      throw error instanceof FileNotFoundError
        ? new ModelDamagedError(model, number, `Its file "${path}" is gone: restore it from a backup, or train it again.`)
        : error;
    });
    if ((await checksumOf(bytes)) === version.checksum) return bytes;
    const what = `Its file "${path}" is not the one that was registered, the checksum differs: restore it from a backup, or train it again.`;
    throw new ModelDamagedError(model, number, what);
  }

  /** In the transaction that inserts the version: from then on its files stay. @throws {RegistrationExpiredError} */
  keep(transaction: EntityManager, version: ModelClaim): Promise<void> {
    return this.claims.becomeVersion(transaction, version);
  }

  /** In the transaction that deletes the version: from then on its files go, even if this process dies before it can remove them. */
  condemn(transaction: EntityManager, version: ModelClaim): Promise<void> {
    return this.claims.condemn(transaction, version);
  }

  /** Removes what is there of files that stand for no version. */
  async discard(claim: ModelClaim): Promise<void> {
    const path = pathOf(claim.model, claim.version);
    if (await this.isOwn(path, claim.checksum)) {
      await this.storage.remove(path);
      await this.storage.remove(manifestPath({ path }));
    }
    await this.claims.drop(claim);
  }

  /** The files at that place were there before, and are somebody else's. */
  disown(claim: ModelClaim): Promise<void> {
    return this.claims.drop(claim);
  }

  private async isOwn(path: string, checksum: string): Promise<boolean> {
    try {
      return (await checksumOf(await this.storage.read(path))) === checksum;
    } catch (error) {
      if (error instanceof FileNotFoundError) return true;
      throw error;
    }
  }
}

export const pathOf = (model: string, version: number): string => `${model}/${version}/model.bin`;

/** SHA-256 in hexadecimal, computed off the event loop. */
export async function checksumOf(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString('hex');
}

const manifestPath = ({ path }: Pick<ModelVersion, 'path'>): string => path.replace(/model\.bin$/, 'model.json');

const manifestOf = ({ model, createdAt, baselineMetrics, runId, path: _path, ...facts }: ModelVersion): string =>
  `${JSON.stringify({ name: model, ...facts, created_at: createdAt, baseline_metrics: baselineMetrics, run_id: runId }, named, 2)}\n`;

const named = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
