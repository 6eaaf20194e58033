import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { LocalStorage } from './local.storage.js';
import { LakeStorage, ModelStorage } from './storage.port.js';

/** The only file that knows where files are kept. */
@Global()
@Module({
  providers: [
    {
      provide: LakeStorage,
      inject: [LabConfig],
      useFactory: ({ dataDir }: LabConfig) => LocalStorage.open(join(dataDir, 'lake')),
    },
    { provide: ModelStorage, inject: [LabConfig], useFactory: ({ modelsDir }: LabConfig) => LocalStorage.open(modelsDir) },
  ],
  exports: [LakeStorage, ModelStorage],
})
export class StorageModule {}
