import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { LabError } from '../../errors/lab-error.js';
import type { Lesson } from '../lesson.types.js';
import { learn } from './learn.js';
import type { Told } from './learning-thread.js';

const port = parentPort as MessagePort;
const tell = (told: Told, transfer: ArrayBuffer[] = []): void => port.postMessage(told, transfer);

try {
  const learnt = await learn(workerData as Lesson, (step) => tell({ step }));
  tell({ learnt }, [learnt.file.buffer as ArrayBuffer]);
} catch (error) {
  // An error loses its class on the way to another thread.
  if (!(error instanceof LabError)) throw error;
  const { code, status, message } = error;
  tell({ failure: { code, status, message } });
}
