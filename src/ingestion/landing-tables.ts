import { Injectable } from '@nestjs/common';
import { DatasetNotFoundError } from '../catalog/catalog.errors.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { TableTakenError } from './ingestion.errors.js';
import { bronzeOf, LANDED_COLUMNS } from './topic.types.js';

/** Where topics land. */
@Injectable()
export class LandingTables {
  constructor(private readonly catalog: CatalogService) {}

  /** A table that a topic of this name filled before is its table again. @throws {TableTakenError} when a source fills it */
  async expectFree(topic: string): Promise<void> {
    const table = bronzeOf(topic);
    try {
      const { columns } = await this.catalog.find(table);
      const names = columns.map(({ name }) => name);
      if (!LANDED_COLUMNS.every((column) => names.includes(column))) throw new TableTakenError(topic, table);
    } catch (error) {
      if (!(error instanceof DatasetNotFoundError)) throw error;
    }
  }
}
