import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { gauge } from '../telemetry/metrics.js';

const ROWS = { name: 'lab_dataset_rows', help: 'Rows of a dataset', labels: ['dataset', 'layer'] } as const;
const UPDATED = {
  name: 'lab_dataset_updated_timestamp_seconds',
  help: 'When a dataset was last written, in Unix time',
  labels: ['dataset', 'layer'],
} as const;
/** A lake may have thousands: those that were written last are told. */
const MOST = 500;

interface Row {
  readonly dataset: string;
  readonly layer: string;
  readonly rows: number;
  readonly updated: number;
}

/** How large and how old each dataset is, at every scrape. */
@Injectable()
export class DatasetGauges implements OnModuleInit {
  constructor(private readonly database: DataSource) {}

  onModuleInit(): void {
    gauge(ROWS, () => this.read(({ rows }) => rows));
    gauge(UPDATED, () => this.read(({ updated }) => updated));
  }

  private async read(value: (row: Row) => number): Promise<{ labels: { dataset: string; layer: string }; value: number }[]> {
    const found = await this.database.query<Row[]>(
      `SELECT name AS dataset, layer, rows::float8 AS rows, extract(epoch FROM updated_at)::float8 AS updated
       FROM lab.datasets ORDER BY updated_at DESC LIMIT ${MOST}`,
    );
    return found.map((row) => ({ labels: { dataset: row.dataset, layer: row.layer }, value: value(row) }));
  }
}
