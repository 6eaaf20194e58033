import type { KafkaMessage } from 'kafkajs';
import type { MessageHeaders, StoredMessage } from '../stream.port.js';

const NONE: MessageHeaders = Object.freeze({});

/** As the port has it. Of headers with one name the last counts. */
export function storedMessage({ key, value, headers, timestamp, offset }: KafkaMessage, partition: number): StoredMessage {
  return {
    partition,
    offset: Number(offset),
    key: key === null ? null : key.toString('utf8'),
    value,
    headers: headersOf(headers),
    timestamp: Number(timestamp),
  };
}

function headersOf(given: KafkaMessage['headers'] = undefined): MessageHeaders {
  const entries = Object.entries(given ?? NONE);
  if (entries.length === 0) return NONE;
  return Object.fromEntries(entries.map(([name, value]) => [name, String((Array.isArray(value) ? value.at(-1) : value) ?? '')]));
}
