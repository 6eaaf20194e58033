import { Module } from '@nestjs/common';
import { LabConfig } from './lab-config.js';
import { LabFile, readLabFile } from './lab-file.js';

@Module({
  providers: [{ provide: LabFile, inject: [LabConfig], useFactory: (config: LabConfig) => readLabFile(config.workspaceDir) }],
  exports: [LabFile],
})
export class LabFileModule {}
