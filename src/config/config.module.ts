import { type DynamicModule, Global, Module } from '@nestjs/common';
import { LabConfig } from './lab-config.js';

@Global()
@Module({})
export class ConfigModule {
  static with(config: LabConfig): DynamicModule {
    return { module: ConfigModule, providers: [{ provide: LabConfig, useValue: config }], exports: [LabConfig] };
  }
}
