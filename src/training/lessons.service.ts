import { Injectable } from '@nestjs/common';
import { learnInThread } from './learning/learning-thread.js';
import type { Learnt, Lesson } from './lesson.types.js';
import { MemoryBudget } from './memory-budget.js';
import { TrainingSlots } from './training-slots.js';

/** For rooms whose rows are in no table: they bring them along, and register what was learnt themselves. */
@Injectable()
export class LessonsService {
  constructor(
    private readonly slots: TrainingSlots,
    private readonly memory: MemoryBudget,
  ) {}

  /**
   * Learns in a thread, after the trainings that wait already. The arrays of the lesson are empty here afterwards.
   * @throws {DatasetTooLargeError} @throws {LearningError} for what cannot be learned from @throws {LearningThreadError}
   * @throws the reason of the signal
   */
  learn(lesson: Lesson, signal: AbortSignal): Promise<Learnt> {
    const { estimator, params, set } = lesson;
    const counted = (wanted: 'number' | 'category'): number => set.features.filter(({ type }) => type === wanted).length;
    this.memory.assertFits({ estimator, params, rows: set.rows, numbers: counted('number'), categories: counted('category') });
    const options = { signal, heapLimit: this.memory.limit, onStep: () => undefined };
    return this.slots.with(signal, () => learnInThread(lesson, options));
  }
}
