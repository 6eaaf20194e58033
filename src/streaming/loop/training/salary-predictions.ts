import { Injectable, Logger } from '@nestjs/common';
import type { LoopPart } from '../learning-loop.js';
import { LoopStates } from '../loop-states.js';
import type { SalaryModel, SalaryQuestion } from './salary-model.js';
import { ServedSalary } from './served-salary.js';

const PART = 'predictions';
const COUNT = 'total';
const NOTE_EVERY_MS = 1_000;

export interface SalaryAnswers {
  readonly model: SalaryModel;
  /** Reais a month, one for each question. */
  readonly values: Float64Array;
}

/** Answers with the model in production, and counts. A kill loses the count of its last second. */
@Injectable()
export class SalaryPredictions implements LoopPart {
  private readonly logger = new Logger('loop trainer');
  private unnoted = 0;
  private timer: NodeJS.Timeout | undefined;
  private noting: Promise<void> = Promise.resolve();

  constructor(
    private readonly served: ServedSalary,
    private readonly states: LoopStates,
  ) {}

  open(): void {
    this.timer = setInterval(() => this.note(), NOTE_EVERY_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.noting;
    this.note();
    await this.noting;
  }

  /** @throws {NoSalaryModelError} and what {@link ServedSalary.current} throws else */
  async answer(questions: readonly SalaryQuestion[]): Promise<SalaryAnswers> {
    const model = await this.served.current();
    const values = model.predict(questions);
    this.unnoted += questions.length;
    return { model, values };
  }

  async total(): Promise<number> {
    const kept = await this.states.find(PART);
    return Number((kept?.state as Record<string, unknown> | undefined)?.[COUNT] ?? 0) + this.unnoted;
  }

  private note(): void {
    const more = this.unnoted;
    if (more === 0) return;
    this.noting = this.noting
      .then(() => this.states.count(PART, COUNT, more))
      .then(() => void (this.unnoted -= more))
      .catch((error: unknown) => this.logger.warn(`Predictions are not counted yet: ${String(error)}`));
  }
}
