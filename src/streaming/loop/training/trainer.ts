import { Inject, Injectable, Logger } from '@nestjs/common';
import { z } from 'zod';
import type { StoredMessage } from '../../../engines/stream/stream.port.js';
import { StreamLog } from '../../../engines/stream/stream.port.js';
import type { LoopPart } from '../learning-loop.js';
import { NormalizedRecord } from '../loop-record.js';
import { LoopStates } from '../loop-states.js';
import { jsonOf, TOPICS } from '../loop-topics.js';
import { type Outcome, PartReader } from '../part-reader.js';
import { RecordMark, withoutRepeats } from '../record-mark.js';
import { DriftWatch, watchErrors } from './drift-watch.js';
import { SalaryTraining } from './salary-training.js';
import { ServedSalary } from './served-salary.js';
import { type Example, TrainingWindow } from './training-window.js';

/** Examples that are learned from at most: the newest. */
const WINDOW = 5_000;
const LOOK_EVERY_MS = 500;

const TrainerState = z.object({
  last: RecordMark.nullable(),
  /** What is older tells of another world. */
  since: z.int().min(0),
  watch: DriftWatch.nullable(),
  drifts: z.int().min(0),
});
export type TrainerState = z.output<typeof TrainerState>;

const INITIAL: TrainerState = { last: null, since: 0, watch: null, drifts: 0 };

/**
 * Keeps the newest examples, measures each new one against the model that has not seen it, and trains again when it is time or
 * when the errors say that the world has changed.
 */
@Injectable()
export class Trainer implements LoopPart {
  private readonly logger = new Logger('loop trainer');
  private readonly reader: PartReader<TrainerState>;
  private readonly window = new TrainingWindow(WINDOW);
  private readonly stop = new AbortController();
  private since = 0;
  private timer: NodeJS.Timeout | undefined;
  private training: Promise<void> | undefined;

  constructor(
    @Inject(StreamLog) log: StreamLog,
    states: LoopStates,
    private readonly served: ServedSalary,
    private readonly lessons: SalaryTraining,
  ) {
    this.reader = new PartReader(log, states, {
      ...{ part: 'trainer', topic: TOPICS.normalized, schema: TrainerState, initial: INITIAL, rewind: WINDOW },
      forget: () => this.window.clear(),
      remember: (messages, { since }) => this.keep(messages, since),
      take: (messages, state) => this.take(messages, state),
    });
  }

  get isWell(): boolean {
    return this.reader.trouble === undefined && this.lessons.isWell;
  }

  open(): void {
    this.reader.open();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.stop.abort();
    await Promise.all([this.reader.close(), this.training]);
  }

  state(): Promise<TrainerState> {
    return this.reader.state();
  }

  /** One training at a time, in the process that reads. */
  private look(): void {
    if (this.training || !this.reader.isOwner) return;
    this.training = this.lessons.trainIfDue(this.window, this.since, this.stop.signal).finally(() => (this.training = undefined));
  }

  /** What was read before is in memory no more. */
  private keep(messages: readonly StoredMessage[], since: number): void {
    this.since = since;
    this.window.add(messages.flatMap((message) => exampleOf(message) ?? []).filter(({ generation }) => generation >= since));
  }

  private async take(messages: readonly StoredMessage[], state: TrainerState): Promise<Outcome<TrainerState>> {
    const { fresh, last } = withoutRepeats(messages, state.last);
    const examples = fresh.flatMap((message) => exampleOf(message) ?? []);
    const { watch, changedAt } = await this.measure(examples, state);
    const since = changedAt === undefined ? state.since : changedAt + 1;
    if (since > state.since) {
      this.logger.log(`Since generation ${since} the errors of ${state.watch?.model} rise: it learns from what came since then`);
      this.window.forgetBefore(since);
    }
    this.since = since;
    this.window.add(examples.filter(({ generation }) => generation >= since));
    return { state: { last, since, watch, drifts: state.drifts + Number(since > state.since) } };
  }

  /** While a model of the new world is awaited, that of the old one has nothing more to tell. */
  private async measure(
    examples: readonly Example[],
    { watch, since }: TrainerState,
  ): Promise<ReturnType<typeof watchErrors> | { watch: DriftWatch | null; changedAt?: undefined }> {
    const model = await this.served.find();
    if (!model || model.trainedOn.generations.from < since) return { watch };
    const unseen = examples.filter(({ generation }) => generation > model.trainedOn.generations.through);
    const { deviation } = model.trainedOn.normalizer.numbers.salario;
    const predicted = model.predict(unseen);
    const errors = unseen.map(({ generation, salario }, index) => ({
      generation,
      error: Math.abs(salario - predicted[index]) / (deviation || 1),
    }));
    return watchErrors(watch, model.id, errors);
  }
}

function exampleOf({ value }: StoredMessage): Example | undefined {
  const { data } = NormalizedRecord.safeParse(jsonOf(value));
  return data && { generation: data.geracao_id, cargo: data.cargo, ...data.originais };
}
