import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { LabConfig } from '../config/lab-config.js';
import { SourceNotFoundError } from './etl.errors.js';
import type { SourceDeclaration } from './source.schema.js';
import { readSources } from './source-file.js';

/** The sources of the workspace, read and checked once at start: a broken declaration stops it. */
@Injectable()
export class SourcesService implements OnModuleInit {
  private sources: ReadonlyMap<string, SourceDeclaration> = new Map();

  constructor(@Inject(LabConfig) private readonly config: LabConfig) {}

  async onModuleInit(): Promise<void> {
    this.sources = await readSources(this.config.workspaceDir);
  }

  /** In order of their names. */
  all(): SourceDeclaration[] {
    return [...this.sources.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  /** @throws {SourceNotFoundError} */
  declaration(name: string): SourceDeclaration {
    const source = this.sources.get(name);
    if (!source) throw new SourceNotFoundError(name, [...this.sources.keys()]);
    return source;
  }
}

export const tableOf = ({ name, table }: SourceDeclaration): string => table ?? `bronze.${name}`;
