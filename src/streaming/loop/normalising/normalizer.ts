import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type StoredMessage, StreamLog } from '../../../engines/stream/stream.port.js';
import { type DeadLetter, DeadLettersService } from '../../../ingestion/dead-letters.service.js';
import type { LoopPart } from '../learning-loop.js';
import { LoopRecord } from '../loop-record.js';
import { LoopStates } from '../loop-states.js';
import { jsonOf, LoopTopics, TOPICS } from '../loop-topics.js';
import { type Outcome, PartReader } from '../part-reader.js';
import { markOf, RecordMark, withoutRepeats } from '../record-mark.js';
import { NOBODY, normalised, Population, type ScalerParameters, withRows } from './parameters.js';

/** Of /dados_normalizados. */
const SHOWN = 100;

const NormalizerState = z.object({
  population: Population,
  last: RecordMark.nullable(),
  /** Batches, and rows of them that were sound. */
  batches: z.int(),
  rows: z.int(),
  at: z.number().nullable(),
});
export type NormalizerState = z.output<typeof NormalizerState>;

const INITIAL: NormalizerState = { population: NOBODY, last: null, batches: 0, rows: 0, at: null };

interface Sorted {
  readonly records: LoopRecord[];
  readonly keys: (string | null)[];
  readonly refused: DeadLetter[];
}

/** Scales the numbers of sound records by the mean and deviation of all so far, and puts the others aside. */
@Injectable()
export class Normalizer implements LoopPart {
  private readonly reader: PartReader<NormalizerState>;

  constructor(
    @Inject(StreamLog) log: StreamLog,
    states: LoopStates,
    private readonly topics: LoopTopics,
    private readonly deadLetters: DeadLettersService,
  ) {
    this.reader = new PartReader(log, states, {
      ...{ part: 'normalizer', topic: TOPICS.records, schema: NormalizerState, initial: INITIAL },
      take: (messages, state) => this.take(messages, state),
    });
  }

  get isWell(): boolean {
    return this.reader.trouble === undefined;
  }

  open(): void {
    this.reader.open();
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  state(): Promise<NormalizerState> {
    return this.reader.state();
  }

  /** The newest version; null before the first rows. */
  async parameters(): Promise<ScalerParameters | null> {
    return (await this.state()).population.parameters;
  }

  newest(): Promise<unknown[]> {
    return this.topics.newest(TOPICS.normalized, SHOWN);
  }

  private async take(messages: readonly StoredMessage[], state: NormalizerState): Promise<Outcome<NormalizerState>> {
    const { fresh, last } = withoutRepeats(messages, state.last);
    const { records, keys, refused } = sort(fresh);
    const population = withRows(state.population, records);
    const { parameters } = population;
    if (parameters) {
      const rows = records.map((record) => normalised(record, parameters));
      await this.topics.append(TOPICS.normalized, rows, keys);
    }
    await this.deadLetters.put(TOPICS.records, refused);
    const { batches, rows } = state;
    return { state: { population, last, batches: batches + 1, rows: rows + records.length, at: Date.now() } };
  }
}

function sort(messages: readonly StoredMessage[]): Sorted {
  const sorted: Sorted = { records: [], keys: [], refused: [] };
  for (const message of messages) {
    const { data, error } = LoopRecord.safeParse(jsonOf(message.value));
    if (error) {
      sorted.refused.push({ message, reason: reasonOf(error), by: 'loop' });
      continue;
    }
    sorted.records.push(data);
    sorted.keys.push(markOf(message) ? message.key : null);
  }
  return sorted;
}

const reasonOf = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; ');
