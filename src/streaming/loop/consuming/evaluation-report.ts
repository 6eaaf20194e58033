import { Injectable } from '@nestjs/common';
import { LoopTopics, TOPICS } from '../loop-topics.js';
import { ServedSalary } from '../training/served-salary.js';
import { ErrorHistory, type ErrorSpan } from './error-history.js';
import { AGE_BANDS, type ErrorSums, measuresOf, NO_ERRORS, sumOf } from './error-sums.js';
import { type Evaluation, type EvaluationQuery, ScoredPrediction } from './evaluation.schema.js';

const OLDEST = 120;

/** How wrong the predictions were, as the consumer has noted. */
@Injectable()
export class EvaluationReport {
  constructor(
    private readonly history: ErrorHistory,
    private readonly topics: LoopTopics,
    private readonly served: ServedSalary,
  ) {}

  async make({ minutes, span, residuals }: EvaluationQuery): Promise<Evaluation> {
    const [spans, newest, model] = await Promise.all([
      this.history.spans(minutes, span),
      residuals === 0 ? [] : this.topics.newest(TOPICS.predictions, residuals),
      this.served.find(),
    ]);
    const byTime = gathered(spans, ({ start }) => start.toISOString());
    const byAge = gathered(spans, ({ age }) => age);
    return {
      model: model?.id ?? null,
      ...measuresOf(spans.reduce((sums, each) => sumOf(sums, each.sums), NO_ERRORS)),
      over_time: [...byTime].map(([start, sums]) => ({ start, ...measuresOf(sums) })),
      by_age: [...byAge].sort(([a], [b]) => a - b).map(([from, sums]) => ({ from, to: oldestOf(from), ...measuresOf(sums) })),
      residuals: newest.flatMap((value) => ScoredPrediction.safeParse(value).data ?? []).filter(({ inedito }) => inedito),
    };
  }
}

function gathered<Key>(spans: readonly ErrorSpan[], keyOf: (span: ErrorSpan) => Key): Map<Key, ErrorSums> {
  const sums = new Map<Key, ErrorSums>();
  for (const span of spans) sums.set(keyOf(span), sumOf(sums.get(keyOf(span)) ?? NO_ERRORS, span.sums));
  return sums;
}

const oldestOf = (from: number): number => (AGE_BANDS.find((next) => next > from) ?? OLDEST + 1) - 1;
