import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { counter, gauge, histogram } from '../../telemetry/metrics.js';

const ENDED = { name: 'lab_runs_total', help: 'Runs that this process ended', labels: ['pipeline', 'status'] } as const;
const DURATION = { name: 'lab_run_duration_seconds', help: 'From the begin of a run to its end', labels: ['pipeline'] } as const;
const TASKS = { name: 'lab_tasks_total', help: 'Tasks that this process ended', labels: ['task', 'status'] } as const;
const NOW = { name: 'lab_runs', help: 'Runs and jobs that wait or run, in all processes', labels: ['kind', 'status'] } as const;

const SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600];

const COUNTS = `
  SELECT CASE WHEN lane LIKE 'job:%' THEN 'job' ELSE 'pipeline' END AS kind, status, count(*)::int AS runs
  FROM lab.pipeline_runs WHERE status IN ('queued', 'running') GROUP BY 1, 2`;

/** @param lane a pipeline, or `job:` and a task */
export function countRun(lane: string, status: string, seconds: number): void {
  counter(ENDED).inc({ pipeline: lane, status });
  histogram(DURATION, SECONDS).observe({ pipeline: lane }, seconds);
}

/** @param task as it is declared: `etl.load` */
export const countTask = (task: string, status: string): void => counter(TASKS).inc({ task, status });

/** Tells what waits and what runs; zeros too, so that an alert sees an empty queue. */
@Injectable()
export class RunGauge implements OnModuleInit {
  constructor(private readonly database: DataSource) {}

  onModuleInit(): void {
    gauge(NOW, async () => {
      const rows = await this.database.query<{ kind: string; status: string; runs: number }[]>(COUNTS);
      return ['pipeline', 'job'].flatMap((kind) =>
        ['queued', 'running'].map((status) => ({
          labels: { kind, status },
          value: rows.find((row) => row.kind === kind && row.status === status)?.runs ?? 0,
        })),
      );
    });
  }
}
