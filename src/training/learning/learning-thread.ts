import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FeatureColumn } from '../../estimators/estimator.types.js';
import type { Learnt, Lesson } from '../lesson.types.js';
import { type Failure, LearningError, LearningThreadError } from '../training.errors.js';
import type { Step } from './learn.js';

/** What the thread sends: steps, and in the end one of the others. */
export interface Told {
  readonly step?: Step;
  readonly learnt?: Learnt;
  readonly failure?: Failure;
}

export interface LearningOptions {
  /** Ends the thread wherever it is, within a tree as well. */
  readonly signal: AbortSignal;
  readonly onStep: (step: Step) => void;
  /** Of the thread's JavaScript objects, in bytes; typed arrays come on top. */
  readonly heapLimit: number;
}

/**
 * Learns in a thread, so that the process goes on answering, and hands it the arrays of the lesson: they are empty here afterwards.
 * @throws {LearningError} for what the thread refused, as it told it
 * @throws {LearningThreadError} when the thread broke
 * @throws the reason of the signal, once the thread has ended
 */
export async function learnInThread(lesson: Lesson, { signal, onStep, heapLimit }: LearningOptions): Promise<Learnt> {
  signal.throwIfAborted();
  const worker = new Worker(threadFile(), {
    workerData: lesson,
    transferList: buffersOf(lesson),
    resourceLimits: { maxOldGenerationSizeMb: Math.ceil(heapLimit / 2 ** 20) },
  });
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop);
  try {
    const { learnt, failure } = await lastWord(worker, (step) => !signal.aborted && onStep(step));
    signal.throwIfAborted();
    if (failure) throw new LearningError(failure);
    if (learnt) return learnt;
    throw new LearningThreadError('The thread of the training ended without a word. Train again.');
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

/** Resolves when the thread has ended; with nothing when it was ended. */
function lastWord(worker: Worker, onStep: (step: Step) => void): Promise<Told> {
  return new Promise((resolve, reject) => {
    let last: Told = {};
    worker.on('message', (told: Told) => {
      if (told.step) onStep(told.step);
      else last = told;
    });
    worker.on('error', (error) => reject(new LearningThreadError(describe(error))));
    worker.on('exit', () => resolve(last));
  });
}

const describe = (error: unknown): string =>
  (error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? 'The training ran out of memory. Name fewer features, or train on a sample.'
    : `The thread of the training failed: ${error instanceof Error ? error.message : String(error)}`;

/** Texts are copied: they have no memory that could be handed over. */
function arrayOf(column: FeatureColumn): readonly (Float64Array | Int32Array)[] {
  if (column.type === 'text') return [];
  return [column.type === 'number' ? column.values : column.codes];
}

function buffersOf({ set: { features, target }, groups }: Lesson): ArrayBuffer[] {
  const arrays = [
    ...features.flatMap(arrayOf),
    target.problem === 'regression' ? target.values : target.codes,
    ...(groups ? [groups] : []),
  ];
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}

/** Threads run compiled code: where this file runs as TypeScript (under Jest), the build beside `src` has it. */
function threadFile(): URL {
  const here = import.meta.url;
  const compiled = here.endsWith('.ts') ? here.replace(/\/src\/(?!.*\/src\/)/, '/dist/src/') : here;
  const file = new URL('./learning.thread.js', compiled);
  if (!existsSync(file)) {
    throw new LearningThreadError(
      `The code of the training thread is not built: ${fileURLToPath(file)} is missing. Run npm run build.`,
    );
  }
  return file;
}
