import { Injectable } from '@nestjs/common';
import { CatalogService } from '../catalog/catalog.service.js';
import type { Page, PageQuery } from '../http/page.schema.js';
import type { Source, SourceDeclaration, SourceDetail, SourceLoad } from './source.schema.js';
import { SourcesService, tableOf } from './sources.service.js';

const LOADS_SHOWN = 10;
/** Versions looked through for them: several sources may fill one table. */
const VERSIONS_READ = 100;

/** The sources with what was loaded from them. */
@Injectable()
export class SourceHistory {
  constructor(
    private readonly sources: SourcesService,
    private readonly catalog: CatalogService,
  ) {}

  async list({ limit, offset }: PageQuery): Promise<Page<Source>> {
    const all = this.sources.all();
    const items = all.slice(offset, offset + limit).map(async (source) => {
      const [last = null] = await this.loadsOf(source);
      return { ...summaryOf(source), last_load: last };
    });
    return { items: await Promise.all(items), total: all.length };
  }

  /** @throws {SourceNotFoundError} */
  async find(name: string): Promise<SourceDetail> {
    const source = this.sources.declaration(name);
    const { name: _name, description: _description, path: _path, table: _table, format: _format, ...reading } = source;
    const loads = await this.loadsOf(source);
    return { ...summaryOf(source), last_load: loads[0] ?? null, ...reading, loads: loads.slice(0, LOADS_SHOWN) };
  }

  /** Newest first. */
  private async loadsOf(source: SourceDeclaration): Promise<SourceLoad[]> {
    if ((await this.catalog.knownVersion(tableOf(source))) === null) return [];
    const { items } = await this.catalog.versions(tableOf(source), { limit: VERSIONS_READ, offset: 0 });
    return items.flatMap(({ inputs, version, timestamp, rows_added: rows, run_id }) => {
      const landed = inputs.find(({ name }) => name.startsWith(`landing/${source.name}/`));
      if (!landed) return [];
      const [batch, file] = landed.name.split('/').slice(-2);
      return [{ batch, file, version, rows, loaded_at: timestamp, run_id }];
    });
  }
}

const summaryOf = (source: SourceDeclaration) => ({
  name: source.name,
  description: source.description,
  format: source.format,
  path: source.path,
  table: tableOf(source),
});
