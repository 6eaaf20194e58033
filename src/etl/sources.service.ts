import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { LabConfig } from '../config/lab-config.js';
import type { Page, PageQuery } from '../http/page.schema.js';
import { SourceNotFoundError } from './etl.errors.js';
import type { Source, SourceDeclaration } from './source.schema.js';
import { readSources } from './source-file.js';

/** The sources of the workspace, read and checked once at start: a broken declaration stops it. */
@Injectable()
export class SourcesService implements OnModuleInit {
  private sources: ReadonlyMap<string, SourceDeclaration> = new Map();

  constructor(@Inject(LabConfig) private readonly config: LabConfig) {}

  async onModuleInit(): Promise<void> {
    this.sources = await readSources(this.config.workspaceDir);
  }

  /** @throws {SourceNotFoundError} */
  declaration(name: string): SourceDeclaration {
    const source = this.sources.get(name);
    if (!source) throw new SourceNotFoundError(name, [...this.sources.keys()]);
    return source;
  }

  list({ limit, offset }: PageQuery): Page<Source> {
    const items = [...this.sources.values()].sort((a, b) => a.name.localeCompare(b.name)).map(toSource);
    return { items: items.slice(offset, offset + limit), total: items.length };
  }

  /** @throws {SourceNotFoundError} */
  find(name: string): Source {
    return toSource(this.declaration(name));
  }
}

export const tableOf = ({ name, table }: SourceDeclaration): string => table ?? `bronze.${name}`;

const toSource = (source: SourceDeclaration): Source => ({
  name: source.name,
  description: source.description,
  format: source.format,
  path: source.path,
  table: tableOf(source),
});
