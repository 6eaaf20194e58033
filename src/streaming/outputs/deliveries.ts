import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { StreamDeclaration } from '../definition/stream.schema.js';
import { Checkpoints, type Hold, type KeptDelivery } from '../processing/checkpoints.js';
import type { OutputShape } from '../processing/operator.types.js';
import type { PendingOutput } from '../processing/pending-output.js';
import { UndeliveredError } from '../streaming.errors.js';
import { type Delivery, type Output, OUTPUTS } from './delivery.types.js';
import { PostgresRows } from './postgres-rows.js';

const PART_CHARACTERS = 4 * 1024 * 1024;

/** From a checkpoint to every place where its output belongs. */
@Injectable()
export class Deliveries {
  constructor(
    @Inject(OUTPUTS) private readonly outputs: readonly Output[],
    private readonly checkpoints: Checkpoints,
    private readonly postgres: PostgresRows,
  ) {}

  async prepare(stream: StreamDeclaration, shape: OutputShape): Promise<void> {
    await this.postgres.prepare(stream, shape);
    for (const output of this.servants(stream)) await output.prepare?.(stream, shape);
  }

  /** What is to be kept with the checkpoint, as lines of JSON in parts, by output. */
  async packed(stream: StreamDeclaration, pending: PendingOutput): Promise<Map<string, readonly string[]>> {
    const takes = { rows: await parts(pending.rows), late: await parts(pending.lateOnes), poison: await parts(pending.poison) };
    const packed = this.servants(stream).map((output) => [output.name, takes[output.takes]] as const);
    return new Map(packed.filter(([, lines]) => lines.length > 0));
  }

  /** In the transaction of the checkpoint. */
  write(to: EntityManager, stream: StreamDeclaration, shape: OutputShape, pending: PendingOutput): Promise<void> {
    return this.postgres.write(to, stream, shape, pending.rows);
  }

  /** Makes all that are left, in their order. An output that is away holds up those behind it. @throws {StaleStreamError} @throws {UndeliveredError} */
  async deliver(hold: Hold, stream: StreamDeclaration, shape: OutputShape): Promise<void> {
    for (const delivery of await this.checkpoints.undelivered(hold)) {
      const output = this.outputs.find(({ name }) => name === delivery.output);
      const lines = await this.checkpoints.linesOf(hold, delivery);
      // None: another process was faster. Of an output that the file has no more there is nowhere to bring it.
      if (lines.length > 0 && output?.serves(stream)) {
        await output.deliver(opened(lines, delivery, stream, shape)).catch((error: unknown) => {
          throw new UndeliveredError(stream.name, output.name, error);
        });
      }
      await this.checkpoints.delivered(hold, delivery);
    }
  }

  private servants(stream: StreamDeclaration): Output[] {
    return this.outputs.filter((output) => output.serves(stream));
  }
}

const opened = (
  lines: readonly string[],
  { version }: KeptDelivery,
  stream: StreamDeclaration,
  shape: OutputShape,
): Delivery => ({
  ...{ stream, shape, version },
  *items<T>(): Iterable<T> {
    for (const part of lines) for (const line of part.split('\n')) yield JSON.parse(line) as T;
  },
});

async function parts(items: readonly unknown[]): Promise<string[]> {
  const [packed, part]: [string[], string[]] = [[], []];
  let length = 0;
  for (const item of items) {
    const line = JSON.stringify(item);
    part.push(line);
    length += line.length;
    if (length < PART_CHARACTERS) continue;
    packed.push(part.splice(0).join('\n'));
    length = 0;
    await setImmediate();
  }
  if (part.length > 0) packed.push(part.join('\n'));
  return packed;
}
