import { histogram } from '../../telemetry/metrics.js';

const CHECKPOINT = {
  name: 'lab_stream_checkpoint_seconds',
  help: 'From the begin of a checkpoint of a stream to its commit',
  labels: ['stream'],
} as const;
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const observeCheckpoint = (stream: string, seconds: number): void =>
  histogram(CHECKPOINT, SECONDS).observe({ stream }, seconds);
