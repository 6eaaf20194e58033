import { gunzipSync } from 'node:zlib';
import { LocalBus } from '../../../test/fixtures/books.js';
import { MemoryCache } from '../../engines/cache/memory.cache.js';
import type { BooksUpdated } from '../../events/event-bus.js';
import { CachedAnswers } from './cached-answers.js';
import { ReadyAnswer } from './ready-answer.js';

describe('CachedAnswers', () => {
  const bus = new LocalBus();
  const answers = new CachedAnswers(new MemoryCache({ ttlMs: 60_000, maxBytes: 1_000_000 }), bus);
  const UPDATED: BooksUpdated = { type: 'books.updated', books: 1, added: 1, removed: 0, changed: 0, run: 'r' };

  let made = 0;
  const ask = async (source: string, question: string): Promise<string> =>
    String((await answers.get(source, question, () => Buffer.from(`[${++made}]`))).body);

  it('makes the answer to a question once', async () => {
    expect([await ask('v1', 'search'), await ask('v1', 'search')]).toEqual(['[1]', '[1]']);
  });

  it('gives none that was made from other data, whether it was told of them or not', async () => {
    expect(await ask('v2', 'search')).toBe('[2]');
  });

  it('neither compresses nor keeps what was not asked before', async () => {
    const ask = (again?: boolean) => answers.get('v1', 'long', () => Buffer.alloc(5000, `${++made}`), again);
    made = 10;
    const [first, second, third] = [await ask(false), await ask(true), await ask()];
    expect([first, second, third].map(({ body }) => String(body.subarray(0, 2)))).toEqual(['11', '12', '12']);
    expect(first.gzipped()).toBeUndefined();
    expect(gunzipSync((await third.gzipped()) ?? '')).toEqual(second.body);
    made = 2;
  });

  it('forgets all when the books were updated, until it ends', async () => {
    await bus.publish(UPDATED);
    expect(await ask('v2', 'search')).toBe('[3]');
    answers.onModuleDestroy();
    await bus.publish(UPDATED);
    expect(await ask('v2', 'search')).toBe('[3]');
  });
});

describe('ReadyAnswer', () => {
  it.each([0, 10, 1400, 100_000])('of %d bytes is the same after it was packed', async (length) => {
    const answer = ReadyAnswer.of(Buffer.alloc(length, '{"title": "é"}'));
    const again = ReadyAnswer.unpack(await answer.pack());
    expect([again.body.equals(answer.body), again.etag]).toEqual([true, answer.etag]);
    const bytes = await again.gzipped();
    expect(bytes && gunzipSync(bytes)).toEqual(length >= 1400 ? answer.body : undefined);
  });

  it('has another mark for other bytes', () => {
    expect(ReadyAnswer.of(Buffer.from('[1]')).etag).not.toBe(ReadyAnswer.of(Buffer.from('[2]')).etag);
  });
});
