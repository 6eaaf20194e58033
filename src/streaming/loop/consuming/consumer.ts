import { Inject, Injectable, Logger } from '@nestjs/common';
import { z } from 'zod';
import type { Ownership, StoredMessage } from '../../../engines/stream/stream.port.js';
import { StreamLog } from '../../../engines/stream/stream.port.js';
import { withBackOff } from '../back-off.js';
import type { LoopPart } from '../learning-loop.js';
import { NormalizedRecord } from '../loop-record.js';
import { LoopStates } from '../loop-states.js';
import { jsonOf, LoopTopics, TOPICS } from '../loop-topics.js';
import { type Outcome, PartReader } from '../part-reader.js';
import { RecordMark, withoutRepeats } from '../record-mark.js';
import { type SalaryAnswers, SalaryPredictions } from '../training/salary-predictions.js';
import { SalaryPrediction } from '../training/trainer.schema.js';
import { ErrorHistory } from './error-history.js';
import type { ScoredPrediction } from './evaluation.schema.js';

const ConsumerState = z.object({
  last: RecordMark.nullable(),
  consumed: z.int().min(0),
  failures: z.int().min(0),
  prediction: SalaryPrediction.nullable(),
  triedAt: z.number().nullable(),
});
export type ConsumerState = z.output<typeof ConsumerState>;

const INITIAL: ConsumerState = { last: null, consumed: 0, failures: 0, prediction: null, triedAt: null };

interface Person {
  readonly key: string | null;
  readonly record: NormalizedRecord;
}

/** Asks what each person would earn, and holds the answer against what the person does earn. */
@Injectable()
export class Consumer implements LoopPart {
  private readonly logger = new Logger('loop consumer');
  private readonly reader: PartReader<ConsumerState>;
  private readonly stop = new AbortController();
  /** Of the batch that is being asked for: kept with it. */
  private tries = { failures: 0, triedAt: null as number | null };

  constructor(
    @Inject(StreamLog) log: StreamLog,
    states: LoopStates,
    private readonly topics: LoopTopics,
    private readonly predictions: SalaryPredictions,
    private readonly history: ErrorHistory,
  ) {
    this.reader = new PartReader(log, states, {
      ...{ part: 'consumer', topic: TOPICS.normalized, schema: ConsumerState, initial: INITIAL },
      take: (messages, state, owner) => this.take(messages, state, owner),
    });
  }

  get isWell(): boolean {
    return this.reader.trouble === undefined;
  }

  open(): void {
    this.reader.open();
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.reader.close();
  }

  /** With what is being tried in this process. */
  async state(): Promise<ConsumerState> {
    const state = await this.reader.state();
    const { failures, triedAt } = this.tries;
    return { ...state, failures: state.failures + failures, triedAt: triedAt ?? state.triedAt };
  }

  private async take(
    messages: readonly StoredMessage[],
    state: ConsumerState,
    { signal }: Ownership,
  ): Promise<Outcome<ConsumerState>> {
    const { fresh, last } = withoutRepeats(messages, state.last);
    const people = fresh.flatMap((message) => personOf(message) ?? []);
    const answers = await this.ask(people, signal);
    const predicted = people.map(({ record }, index) => predictionOf(record, answers, index));
    await this.topics.append(
      TOPICS.predictions,
      predicted,
      people.map(({ key }) => key),
    );
    const { failures, triedAt } = this.tries;
    this.tries = { failures: 0, triedAt: null };
    const newest = predicted.at(-1);
    return {
      state: {
        last,
        consumed: state.consumed + people.length,
        failures: state.failures + failures,
        prediction: newest ? asAnswered(newest) : state.prediction,
        triedAt: triedAt ?? state.triedAt,
      },
      beside: (transaction) => this.history.add(transaction, scoredOf(predicted)),
    };
  }

  private ask(people: readonly Person[], signal: AbortSignal): Promise<SalaryAnswers> {
    const questions = people.map(({ record: { originais, cargo } }) => ({ idade: originais.idade, idh: originais.idh, cargo }));
    return withBackOff(
      () => {
        this.tries = { ...this.tries, triedAt: Date.now() };
        return this.predictions.answer(questions);
      },
      { signal: AbortSignal.any([signal, this.stop.signal]), mostMs: 5_000, onFailure: (error) => this.tell(error) },
    );
  }

  /** The first of a row of failures is news. */
  private tell(error: unknown): void {
    if (this.tries.failures === 0) this.logger.log(`No prediction yet, asked for again until there is one: ${String(error)}`);
    this.tries = { ...this.tries, failures: this.tries.failures + 1 };
  }
}

function personOf({ key, value }: StoredMessage): Person | undefined {
  const { data } = NormalizedRecord.safeParse(jsonOf(value));
  return data && { key, record: data };
}

/** A model that has seen the person is no judge of itself: `inedito` says that it has not. */
function predictionOf(record: NormalizedRecord, { model, values }: SalaryAnswers, index: number): ScoredPrediction {
  const { originais, cargo, cidade, geracao_id, timestamp } = record;
  const { idade, idh, salario } = originais;
  const predicao = Math.round(100 * values[index]) / 100;
  return {
    ...{ timestamp, geracao_id, idade, cargo, cidade, idh, salario, predicao },
    residuo: Math.round(100 * (salario - predicao)) / 100,
    modelo_id: model.id,
    inedito: geracao_id > model.trainedOn.generations.through,
  };
}

const scoredOf = (predicted: readonly ScoredPrediction[]) =>
  predicted
    .filter(({ inedito }) => inedito)
    .map(({ timestamp, idade, salario, predicao }) => ({ at: Date.parse(timestamp), idade, salario, predicao }));

const asAnswered = ({ predicao, idade, modelo_id }: ScoredPrediction): SalaryPrediction => ({
  ...{ predicao, idade, modelo_id },
  timestamp: new Date().toISOString(),
});
