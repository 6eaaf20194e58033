import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { WebhookRefusedError } from '../../alerts/alerts.errors.js';
import { WebhookService } from '../../alerts/webhook.service.js';
import type { StreamDeclaration } from '../definition/stream.schema.js';
import type { DeliveredRow, Delivery, Output } from './delivery.types.js';

/** Rows of one message; a storm of alerts is a few messages. */
const AT_ONCE = 100;

/**
 * Rows to whoever listens at `WEBHOOK_URL`, signed. A listener that refuses them, or is away for longer than is tried again, is a
 * warning: it must not hold up what the stream brings elsewhere.
 */
@Injectable()
export class WebhookOutput implements Output, OnModuleDestroy {
  readonly name = 'webhook';
  readonly takes = 'rows';
  private readonly logger = new Logger(WebhookOutput.name);
  private readonly stopping = new AbortController();

  constructor(private readonly webhook: WebhookService) {}

  serves({ to }: StreamDeclaration): boolean {
    return to.webhook;
  }

  async deliver({ stream, version, items }: Delivery): Promise<void> {
    let rows: DeliveredRow['values'][] = [];
    let sent = 0;
    const send = async (): Promise<void> => {
      await this.send(stream.name, `${stream.name}-${version}-${sent++}`, rows);
      rows = [];
    };
    for (const { values, gone } of items<DeliveredRow>()) {
      if (!gone && rows.push(values) >= AT_ONCE) await send();
    }
    if (rows.length > 0) await send();
  }

  onModuleDestroy(): void {
    this.stopping.abort(new Error('The process stops.'));
  }

  private async send(stream: string, id: string, rows: readonly DeliveredRow['values'][]): Promise<void> {
    try {
      const message = { id, type: 'stream.rows', timestamp: new Date(), data: { stream, rows } };
      await this.webhook.send(message, this.stopping.signal);
    } catch (error) {
      if (!(error instanceof WebhookRefusedError)) throw error;
      this.logger.warn(`${rows.length} row(s) of the stream "${stream}" were not told to the webhook: ${error.message}`);
    }
  }
}
