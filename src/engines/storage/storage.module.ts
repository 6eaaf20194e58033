import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { LabConfig, type S3Config } from '../../config/lab-config.js';
import { LocalStorage } from './local.storage.js';
import { S3Storage } from './s3.storage.js';
import { LakeStorage, ModelStorage, type Storage } from './storage.port.js';

/** No query takes longer, we hope: what it reads may not go meanwhile. */
const HELD_MS = 3_600_000;

const openLake = ({ lakeBucket, dataDir, storageCacheBytes }: LabConfig): Promise<Storage> =>
  open(lakeBucket, join(dataDir, 'lake'), join(dataDir, 'lake-cache'), storageCacheBytes);

const openModels = ({ modelsBucket, modelsDir, dataDir, storageCacheBytes }: LabConfig): Promise<Storage> =>
  open(modelsBucket, modelsDir, join(dataDir, 'models-cache'), storageCacheBytes);

function open(bucket: S3Config | undefined, folder: string, cacheFolder: string, mostBytes: number): Promise<Storage> {
  if (!bucket) return LocalStorage.open(folder);
  return S3Storage.open(bucket, { folder: cacheFolder, cache: { mostBytes, heldMs: HELD_MS } });
}

/** The only file that knows where files are kept. */
@Global()
@Module({
  providers: [
    { provide: LakeStorage, inject: [LabConfig], useFactory: openLake },
    { provide: ModelStorage, inject: [LabConfig], useFactory: openModels },
  ],
  exports: [LakeStorage, ModelStorage],
})
export class StorageModule {}
