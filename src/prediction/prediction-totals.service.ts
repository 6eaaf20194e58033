import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { countedElsewhere } from '../telemetry/metrics.js';

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
  /** Since the start of the process. */
  rows: number;
  /** Of them, what the database does not have yet. */
  unwritten: number;
}

/**
 * How many rows each version has predicted: since the start as a metric of this process, and for ever, of all processes together,
 * in the database. There it is written every five seconds and at the end; a kill loses what was not written yet.
 */
@Injectable()
export class PredictionTotalsService implements OnApplicationShutdown {
  private readonly logger = new Logger(PredictionTotalsService.name);
  private readonly tallies = new Map<string, Tally>();
  private timer: NodeJS.Timeout | undefined;

  constructor(@InjectDataSource() private readonly database: DataSource) {
    const metric = {
      name: 'lab_predictions_total',
      help: 'Rows predicted, by model and version',
      labels: ['model', 'version'],
    } as const;
    countedElsewhere(metric, () =>
      [...this.tallies.values()].map(({ model, version, rows }) => ({
        labels: { model, version: String(version) },
        value: rows,
      })),
    );
  }

  add(model: string, version: number, rows: number): void {
    const key = `${model}@${version}`;
    let tally = this.tallies.get(key);
    if (!tally) this.tallies.set(key, (tally = { model, version, rows: 0, unwritten: 0 }));
    tally.rows += rows;
    tally.unwritten += rows;
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

  private async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const written = [...this.tallies.values()]
      .filter(({ unwritten }) => unwritten > 0)
      .map((tally) => ({ tally, rows: tally.unwritten }));
    if (written.length === 0) return;
    // What is added while the database works counts for the next time, and so does a second flush meanwhile.
    for (const { tally, rows } of written) tally.unwritten -= rows;
    try {
      await this.database.query(ADD, [
        written.map(({ tally }) => tally.model),
        written.map(({ tally }) => tally.version),
        written.map(({ rows }) => rows),
      ]);
    } catch (error) {
      for (const { tally, rows } of written) tally.unwritten += rows;
      this.logger.warn(`The totals of the predictions wait for the next time: ${String(error)}`);
    }
  }
}
