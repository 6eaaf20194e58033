import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Counter, register } from 'prom-client';
import type { DataSource } from 'typeorm';

const COUNTER = 'lab_predictions_total';
const FLUSH_MS = 5_000;

// In one order everywhere, so that two processes cannot wait for each other's rows.
const ADD = `
  insert into lab.prediction_totals (model, version, rows)
  select * from unnest($1::text[], $2::int[], $3::bigint[]) order by 1, 2
  on conflict (model, version) do update set rows = prediction_totals.rows + excluded.rows`;
const TOTAL = `select coalesce(sum(rows), 0) as rows from lab.prediction_totals`;

interface Tally {
  readonly model: string;
  readonly version: number;
  rows: number;
}

/**
 * How many rows each version has predicted: since the start as a metric of this process, and for ever, of all processes together,
 * in the database. There it is written every five seconds and at the end; a kill loses what was not written yet.
 */
@Injectable()
export class PredictionTotalsService implements OnApplicationShutdown {
  private readonly logger = new Logger(PredictionTotalsService.name);
  private tallies = new Map<string, Tally>();
  private timer: NodeJS.Timeout | undefined;

  constructor(@InjectDataSource() private readonly database: DataSource) {}

  add(model: string, version: number, rows: number): void {
    counter().inc({ model, version: String(version) }, rows);
    this.tally({ model, version, rows });
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Of all models, versions and processes, from the first one on. */
  async total(): Promise<number> {
    await this.flush();
    const [{ rows }] = await this.database.query<[{ rows: string }]>(TOTAL);
    return Number(rows);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.flush();
    clearTimeout(this.timer);
  }

  private tally({ model, version, rows }: Tally): void {
    const key = `${model}@${version}`;
    const known = this.tallies.get(key);
    if (known) known.rows += rows;
    else this.tallies.set(key, { model, version, rows });
  }

  private async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const tallies = [...this.tallies.values()];
    this.tallies = new Map();
    if (tallies.length === 0) return;
    try {
      const columns = (['model', 'version', 'rows'] as const).map((column) => tallies.map((tally) => tally[column]));
      await this.database.query(ADD, columns);
    } catch (error) {
      tallies.forEach((tally) => this.tally(tally));
      this.logger.warn(`The totals of the predictions wait for the next time: ${String(error)}`);
    }
  }
}

/** Looked up each time: whoever starts a server may empty the register. */
const counter = (): Counter =>
  (register.getSingleMetric(COUNTER) as Counter | undefined) ??
  new Counter({ name: COUNTER, help: 'Rows predicted, by model and version', labelNames: ['model', 'version'] });
