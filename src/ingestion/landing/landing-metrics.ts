import { counter } from '../../telemetry/metrics.js';

const ROWS = { name: 'lab_landing_rows_total', help: 'Messages that this process landed in bronze', labels: ['topic'] } as const;
const LETTERS = {
  name: 'lab_landing_dead_letters_total',
  help: 'Messages that this process landed among the dead letters, because they could be no rows',
  labels: ['topic'],
} as const;

export function countLanded(topic: string, { rows = 0, letters = 0 }: { rows?: number; letters?: number }): void {
  counter(ROWS).inc({ topic }, rows);
  counter(LETTERS).inc({ topic }, letters);
}
