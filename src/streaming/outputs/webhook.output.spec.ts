import { WebhookRefusedError } from '../../alerts/alerts.errors.js';
import type { WebhookMessage, WebhookService } from '../../alerts/webhook.service.js';
import { StreamFile } from '../definition/stream.schema.js';
import { declarationOf } from '../definition/stream-declaration.js';
import type { Delivery } from './delivery.types.js';
import { WebhookOutput } from './webhook.output.js';

const aStream = (to: object) =>
  declarationOf(StreamFile.parse({ name: 'watch', from: { topic: 'readings' }, detect: { values: ['x'] }, to }));

const aDelivery = (rows: number): Delivery => ({
  stream: aStream({ webhook: true }),
  shape: { columns: [] },
  version: 7,
  *items<T>() {
    for (let row = 0; row < rows; row++) yield { key: null, time: row, values: { x: row } } as T;
  },
});

function aListener(answer: () => Promise<number> = () => Promise.resolve(1)) {
  const told: WebhookMessage[] = [];
  const webhook = { send: (message: WebhookMessage) => (told.push(message), answer()) } as unknown as WebhookService;
  return { told, output: new WebhookOutput(webhook) };
}

describe('rows to the webhook', () => {
  it('go in messages of a hundred, whose ids are the same when they come again', async () => {
    const { told, output } = aListener();
    await output.deliver(aDelivery(150));
    await output.deliver(aDelivery(150));
    expect(told.map(({ id }) => id)).toEqual(['watch-7-0', 'watch-7-1', 'watch-7-0', 'watch-7-1']);
    expect(told[1]).toMatchObject({ type: 'stream.rows', data: { stream: 'watch', rows: { length: 50 } } });
  });

  it('go only where the file says so', () => {
    const { output } = aListener();
    expect([{ webhook: true }, { topic: 'alerts' }].map((to) => output.serves(aStream(to)))).toEqual([true, false]);
  });

  it('are given up when nobody takes them, so that other outputs go on', async () => {
    const { output } = aListener(() => Promise.reject(new WebhookRefusedError(4, 'it answered 503')));
    await expect(output.deliver(aDelivery(1))).resolves.toBeUndefined();
  });

  it('stay where they are when the process stops meanwhile', async () => {
    const { output } = aListener(() => Promise.reject(new Error('The process stops.')));
    await expect(output.deliver(aDelivery(1))).rejects.toThrow('The process stops.');
  });
});
