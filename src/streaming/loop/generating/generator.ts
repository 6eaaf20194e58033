import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { z } from 'zod';
import { LabConfig } from '../../../config/lab-config.js';
import { withBackOff } from '../back-off.js';
import type { LoopPart } from '../learning-loop.js';
import { LoopStates } from '../loop-states.js';
import { LoopTopics, TOPICS } from '../loop-topics.js';
import { keyOf } from '../record-mark.js';

const PART = 'generator';
const GENERATION_MS = 1_000;
/** Timers are early or late by some milliseconds. */
const EARLY_MS = 100;

const GeneratorState = z.object({
  /** The number of the next generation: as many have been. */
  next: z.int().min(0),
  at: z.number().nullable(),
  /** Of the last generation. */
  records: z.int().min(0),
});
export type GeneratorState = z.output<typeof GeneratorState>;

/** A generation of people at a time. With several processes each generation is made by one of them. */
@Injectable()
export class Generator implements LoopPart {
  private readonly logger = new Logger('loop generator');
  private readonly stop = new AbortController();
  private readonly everyMs: number;
  private readonly records: number;
  private running: Promise<void> = Promise.resolve();
  private failure: unknown;

  constructor(
    private readonly config: LabConfig,
    private readonly states: LoopStates,
    private readonly topics: LoopTopics,
  ) {
    const { recordsPerSecond } = config.loop;
    this.everyMs = Math.max(GENERATION_MS, 1000 / recordsPerSecond);
    this.records = Math.round((recordsPerSecond * this.everyMs) / 1000);
  }

  get isWell(): boolean {
    return this.failure === undefined;
  }

  open(): void {
    this.running = this.run().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  async state(): Promise<GeneratorState> {
    return (await this.load()).state;
  }

  /** The records of the last generation that are JSON objects, spoilt ones among them. */
  async newest(): Promise<unknown[]> {
    const { records } = await this.state();
    return records === 0 ? [] : this.topics.newest(TOPICS.records, records);
  }

  private async run(): Promise<never> {
    const { signal } = this.stop;
    for (;;) {
      const begun = Date.now();
      await withBackOff(() => this.generate(), { signal, onFailure: (error) => this.tell(error) });
      this.failure = undefined;
      await wait(Math.max(0, begun + this.everyMs - Date.now()), undefined, { signal });
    }
  }

  private tell(error: unknown): void {
    this.failure = error;
    this.logger.warn(`A generation is late: ${String(error)}`);
  }

  /** Appends first and counts then: a kill between the two makes the same generation again, and its readers know it by its keys. */
  private async generate(): Promise<void> {
    // The names of a whole country are for those who want some.
    const { generation } = await import('./generation.js');
    await this.states.alone(PART, async () => {
      const { version, state } = await this.load();
      const at = new Date();
      if (state.at !== null && Math.abs(at.getTime() - state.at) < this.everyMs - EARLY_MS) return;
      const { seed, drift, dirt } = this.config.loop;
      const people = generation({ seed, number: state.next, records: this.records, drift, dirt, at });
      const keys = people.map((_, index) => keyOf({ generation: state.next, index }));
      await this.topics.append(TOPICS.records, people, keys);
      await this.states.save(PART, version, { next: state.next + 1, at: at.getTime(), records: people.length });
    });
  }

  private async load(): Promise<{ version: number; state: GeneratorState }> {
    const kept = await this.states.find(PART);
    const { data } = GeneratorState.safeParse(kept?.state);
    return { version: kept?.version ?? 0, state: data ?? { next: 0, at: null, records: 0 } };
  }
}
