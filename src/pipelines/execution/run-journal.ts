import { Logger } from '@nestjs/common';
import { kindOf } from '../definition/lane.js';
import type { LogLevel } from '../history/run-log.entity.js';
import type { RunLease } from './run-lease.js';
import { storedJson } from './stored-json.js';

const MAX_MESSAGE = 4_000;
const MAX_FIELDS = 4_000;

/** What is told about a run: each line goes to the process log and is kept with the run. */
export class RunJournal {
  private readonly logger = new Logger('Pipelines');

  constructor(
    private readonly lane: string,
    private readonly lease: RunLease,
  ) {}

  /** @param about the task and its attempt; nothing for the run itself */
  write(
    level: LogLevel,
    message: string,
    about?: { readonly task: string; readonly attempt: number },
    fields?: Readonly<Record<string, unknown>>,
  ): void {
    const text = message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
    const kept = fields && bounded(fields);
    this.lease.log({
      task: about?.task ?? null,
      attempt: about?.attempt ?? null,
      level,
      message: text,
      fields: kept ?? null,
      at: new Date(),
    });
    this.tell(level, kept ? `${text} ${JSON.stringify(kept)}` : text, about?.task);
  }

  /** For the process log alone. */
  tell(level: LogLevel, message: string, task?: string): void {
    const place = task === undefined || kindOf(this.lane) !== undefined ? this.lane : `${this.lane}/${task}`;
    const line = `${place}: ${message}`;
    if (level === 'info') this.logger.log(line);
    else this.logger[level](line);
  }
}

function bounded(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  try {
    const text = storedJson(fields);
    return text.length > MAX_FIELDS ? { truncated: text.slice(0, MAX_FIELDS) } : (JSON.parse(text) as Record<string, unknown>);
  } catch (error) {
    return { unreadable: String(error) };
  }
}
