import { Injectable } from '@nestjs/common';
import type { Page, PageQuery } from '../../http/page.schema.js';
import { TableState } from '../building/table-state.js';
import { type ReferencedModel, TransformsService } from '../models/transforms.service.js';
import type { Transform, TransformItem } from './transform.schema.js';

/** The SQL models as people see them. */
@Injectable()
export class TransformListing {
  constructor(
    private readonly transforms: TransformsService,
    private readonly tables: TableState,
  ) {}

  list({ limit, offset }: PageQuery): Page<TransformItem> {
    const models = this.transforms.inOrder();
    return { items: models.slice(offset, offset + limit).map(toItem), total: models.length };
  }

  /** @throws {TransformNotFoundError} */
  async find(name: string): Promise<Transform> {
    const model = this.transforms.inOrder([name]).at(-1) as ReferencedModel;
    const { snapshot, intervals } = await this.tables.of(name);
    return {
      ...toItem(model),
      ...{ sql: model.sql, keys: model.keys, time: model.time ?? null },
      version: model.kind === 'view' ? null : (snapshot?.version ?? null),
      intervals: model.intervals ? intervals.map(({ start, end }) => ({ start, end })) : null,
    };
  }
}

const toItem = ({ name, description, kind, file, reads }: ReferencedModel): TransformItem => ({
  ...{ name, description, kind, file },
  reads: [...reads],
});
