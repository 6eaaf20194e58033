import { Inject, Injectable } from '@nestjs/common';
import { type NewMessage, type Position, StreamLog } from '../engines/stream/stream.port.js';
import type { FieldProblem } from '../errors/lab-error.js';
import { MessagesRefusedError } from './ingestion.errors.js';
import type { OutgoingMessage } from './topic.types.js';
import { TopicsService } from './topics.service.js';
import type { CompiledSchema } from './validation/compiled-schema.js';

/** Of broken messages, as many are told in one answer. */
const MOST_TOLD = 20;
const NOT_JSON: FieldProblem = { path: '', message: 'is no JSON' };
const NO_KEY: FieldProblem = { path: '', message: 'is null, which says that what its key stands for is no more: it has no key' };

/** The way into topics, for people and for programs of the lab. */
@Injectable()
export class ProducerService {
  constructor(
    @Inject(StreamLog) private readonly log: StreamLog,
    private readonly topics: TopicsService,
  ) {}

  /**
   * All of them or, when one does not fit the topic's schema, none. Resolves when they are durable.
   * @throws {TopicNotFoundError} @throws {MessagesRefusedError} @throws {MessageTooLargeError}
   */
  async produce(topic: string, messages: readonly OutgoingMessage[]): Promise<Position[]> {
    const schema = this.topics.schemaOf(await this.topics.find(topic));
    const problems: FieldProblem[] = [];
    const encoded = messages.map((message, index) => {
      const value = encode(message, schema);
      if (value !== null && 'message' in value) problems.push(problemAt(index, value));
      return { ...message, key: message.key ?? null, value } as NewMessage;
    });
    if (problems.length > 0) {
      throw new MessagesRefusedError(topic, problems.slice(0, MOST_TOLD), problems.length - MOST_TOLD);
    }
    return encoded.length === 0 ? [] : this.log.append(topic, encoded);
  }
}

function encode({ key, value }: OutgoingMessage, schema: CompiledSchema): Buffer | null | FieldProblem {
  if (value === null) return key === undefined || key === null ? NO_KEY : null;
  const text = textOf(value);
  if (text === undefined) return NOT_JSON;
  return schema.problem(value) ?? Buffer.from(text);
}

/** Undefined for what JSON has no words for: functions, circles, and what is nested without end. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

const problemAt = (index: number, { path, message }: FieldProblem): FieldProblem => ({
  path: ['messages', index, 'value', ...(path ? [path] : [])].join('.'),
  message,
});
