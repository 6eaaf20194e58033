import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { DeltaService } from '../../delta/delta.service.js';
import { TransformsService } from '../models/transforms.service.js';
import type { Publish } from './publish.schema.js';
import { PublishedTableEntity } from './published-table.entity.js';
import { inGold, tableOf } from './transfer/published-names.js';

/** What is to stand in the warehouse, and what stands there. */
@Injectable()
export class Publications {
  constructor(
    private readonly transforms: TransformsService,
    private readonly delta: DeltaService,
    @InjectRepository(PublishedTableEntity) private readonly published: Repository<PublishedTableEntity>,
  ) {}

  /** What the headers of the models say, in build order. */
  declared(): ReadonlyMap<string, Publish> {
    return new Map(this.transforms.inOrder().flatMap(({ name, publish }) => (publish ? [[name, publish] as const] : [])));
  }

  /** The same as the files of the workspace say it now. @throws {InvalidModelFileError} */
  async declaredNow(): Promise<ReadonlyMap<string, Publish>> {
    await this.transforms.refresh();
    return this.declared();
  }

  async standing(): Promise<ReadonlyMap<string, PublishedTableEntity>> {
    return new Map((await this.published.find()).map((table) => [table.dataset, table]));
  }

  /** What still stands there of tables whose models say `publish` no more. */
  async withdrawn(): Promise<PublishedTableEntity[]> {
    const declared = this.declared();
    const others = [...(await this.standing()).values()].filter(({ dataset }) => !declared.has(dataset));
    const found: { readonly there: boolean }[] = await this.published.query(
      'SELECT to_regclass(name) IS NOT NULL AS there FROM unnest($1::text[]) WITH ORDINALITY AS asked(name, place) ORDER BY place',
      [others.map(({ dataset }) => inGold(tableOf(dataset)))],
    );
    return others.filter((_, index) => found[index].there);
  }

  /** Those that are declared and have a table to be published. */
  async built(): Promise<string[]> {
    const names = [...this.declared().keys()];
    const built = await Promise.all(names.map((name) => this.delta.exists(name)));
    return names.filter((_, index) => built[index]);
  }

  /** Those of which another version than the newest stands there: something came between a build and its publication. */
  async behind(): Promise<string[]> {
    const built = await this.built();
    const standing = await this.standing();
    const snapshots = await Promise.all(built.map((name) => this.delta.snapshot(name)));
    return snapshots
      .filter(({ table, version, timestamp }) => {
        const found = standing.get(table);
        return found?.version !== version || found.committedAt.getTime() !== timestamp.getTime();
      })
      .map(({ table }) => table);
  }
}
