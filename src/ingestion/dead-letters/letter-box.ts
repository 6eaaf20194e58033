import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository } from 'typeorm';
import { OffsetOutOfRangeError, TopicNotFoundError } from '../../engines/stream/stream.errors.js';
import { type MessageHeaders, type StoredMessage, StreamLog } from '../../engines/stream/stream.port.js';
import { LETTER_HEADER } from '../dead-letters.service.js';
import { deadLettersOf, type Topic } from '../topic.types.js';
import { DeadLetterEntity } from './dead-letter.entity.js';

/** Offsets that are read in one go, also those between that nobody asks for. */
const SPAN = 200;

/** The messages that dead letters are about, as they were in their topic. */
@Injectable()
export class LetterBox {
  constructor(
    @Inject(StreamLog) private readonly log: StreamLog,
    @InjectRepository(DeadLetterEntity) private readonly letters: Repository<DeadLetterEntity>,
  ) {}

  /** Forgets the letters that retention has taken. @returns how many */
  async forgetGone({ id, name }: Topic): Promise<number> {
    const begin = await this.beginOf(deadLettersOf(name));
    const { affected } = await this.letters.delete({ topicId: id, status: 'open', letterOffset: LessThan(begin) });
    return affected ?? 0;
  }

  /** By the ids of the letters. Without those that no log has any more. */
  async messagesOf({ name }: Topic, letters: readonly DeadLetterEntity[]): Promise<Map<string, StoredMessage>> {
    const kept = await this.read(
      deadLettersOf(name),
      letters.filter(({ cut }) => !cut).map(({ letterOffset }) => letterOffset),
    );
    const messages = new Map<string, StoredMessage>();
    for (const letter of letters) {
      const message = letter.cut ? await this.original(name, letter) : kept.get(letter.letterOffset);
      if (!message) continue;
      const { partition, offset, timestamp } = letter;
      messages.set(letter.id, { ...message, partition, offset, timestamp, headers: withoutLetter(message.headers) });
    }
    return messages;
  }

  private async read(topic: string, offsets: readonly number[]): Promise<Map<number, StoredMessage>> {
    const wanted = offsets.toSorted((a, b) => a - b);
    const found = new Map<number, StoredMessage>();
    for (let index = 0; index < wanted.length;) {
      const offset = wanted[index];
      const messages = await this.readFrom(topic, 0, offset, SPAN);
      for (const message of messages) if (wanted.includes(message.offset)) found.set(message.offset, message);
      const next = (messages.at(-1)?.offset ?? offset) + 1;
      while (index < wanted.length && wanted[index] < next) index++;
    }
    return found;
  }

  private async original(topic: string, { partition, offset }: DeadLetterEntity): Promise<StoredMessage | undefined> {
    const [message] = await this.readFrom(topic, partition, offset, 1);
    return message?.offset === offset ? message : undefined;
  }

  private async readFrom(topic: string, partition: number, offset: number, limit: number): Promise<StoredMessage[]> {
    try {
      return await this.log.read({ topic, partition, offset, limit });
    } catch (error) {
      if (error instanceof OffsetOutOfRangeError || error instanceof TopicNotFoundError) return [];
      throw error;
    }
  }

  private async beginOf(topic: string): Promise<number> {
    try {
      return (await this.log.ranges(topic))[0].begin;
    } catch (error) {
      // Whoever deleted it took all letters with it.
      if (error instanceof TopicNotFoundError) return Number.MAX_SAFE_INTEGER;
      throw error;
    }
  }
}

const withoutLetter = (headers: MessageHeaders): MessageHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(LETTER_HEADER)));
