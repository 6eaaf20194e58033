import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { bookPage, listPage, PAGE_SIZE } from './pages.js';
import type { StockedBook } from './stock.js';

/** How the shop misbehaves. Each switch is asked with the path of a request, and how often that path was asked for before. */
export interface Misbehaviour {
  /** Milliseconds before it answers; Infinity for never. */
  readonly delay?: (path: string, before: number) => number;
  /** Another status than 200, with headers such as Retry-After or Location. */
  readonly refuse?: (path: string, before: number) => { status: number; headers?: Record<string, string> } | undefined;
  /** Another body than the page. */
  readonly alter?: (html: string, path: string) => string | Buffer;
  /** Ends the connection after so many bytes of the body. */
  readonly truncate?: (path: string, before: number) => number | undefined;
  /** Sends the body byte by byte, so many milliseconds apart. */
  readonly drip?: (path: string) => number | undefined;
  /** Instead of its own; undefined takes one away. */
  readonly headers?: Record<string, string | undefined>;
  /** What robots.txt says; without it there is none. */
  readonly robots?: string;
  /** There is always a next page. */
  readonly endless?: boolean;
}

/** A shop of invented books in the layout of books.toscrape.com. */
export class Bookstore {
  misbehaviour: Misbehaviour = {};
  /** Paths in the order in which they were asked for. */
  readonly requests: { path: string; at: number; status: number; userAgent: string }[] = [];
  private readonly counts = new Map<string, number>();

  private constructor(
    private readonly server: Server,
    public books: readonly StockedBook[],
  ) {}

  static async open(books: readonly StockedBook[], { port = 0, host = '127.0.0.1' } = {}): Promise<Bookstore> {
    const server = createServer();
    const store = new Bookstore(server, books);
    server.on('request', (request, response) => void store.serve(request, response));
    server.listen(port, host);
    await once(server, 'listening');
    return store;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** As if nobody had asked for anything yet. */
  forget(): void {
    this.requests.splice(0);
    this.counts.clear();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path } = new URL(request.url ?? '/', 'http://shop');
    const before = this.counts.get(path) ?? 0;
    this.counts.set(path, before + 1);
    const own = { path, at: performance.now(), status: 0, userAgent: request.headers['user-agent'] ?? '' };
    this.requests.push(own);
    const { delay, refuse } = this.misbehaviour;
    const milliseconds = delay?.(path, before) ?? 0;
    if (milliseconds === Infinity) return;
    if (milliseconds > 0) await wait(milliseconds, undefined, { ref: false });
    const refusal = refuse?.(path, before);
    const html = refusal ? undefined : this.pageAt(path);
    own.status = refusal?.status ?? (html === undefined ? 404 : 200);
    if (refusal) response.writeHead(refusal.status, { 'content-type': 'text/html', ...refusal.headers }).end();
    else if (html === undefined) response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>');
    else own.status = this.send(request, response, { html, path, before });
  }

  private send(
    request: IncomingMessage,
    response: ServerResponse,
    { html, path, before }: { html: string; path: string; before: number },
  ): number {
    const { alter, truncate, drip, headers } = this.misbehaviour;
    const body = Buffer.from(alter?.(html, path) ?? html);
    const etag = `"${createHash('sha1').update(body).digest('hex')}"`;
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, { etag }).end();
      return 304;
    }
    const own = { 'content-type': 'text/html', 'content-length': String(body.length), etag, ...headers };
    response.writeHead(200, Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)));
    const [kept, pause] = [truncate?.(path, before), drip?.(path)];
    if (kept !== undefined) response.write(body.subarray(0, kept), () => response.destroy());
    else if (pause !== undefined) void pipeline(Readable.from(drops(body, pause)), response).catch(() => undefined);
    else response.end(body);
    return 200;
  }

  private pageAt(path: string): string | undefined {
    if (path === '/robots.txt') return this.misbehaviour.robots;
    if (path === '/' || path === '/index.html') return listPage(this.books, 1, true);
    const number = Number(/^\/catalogue\/page-(\d+)\.html$/.exec(path)?.[1]);
    if (this.misbehaviour.endless && number > 0) return this.endlessPage(number);
    if (number > 0 && (number - 1) * PAGE_SIZE < this.books.length) return listPage(this.books, number);
    const book = /^\/catalogue\/[^/]*_(\d+)\/index\.html$/.exec(path)?.[1];
    const found = book && this.books.find(({ number: own }) => own === Number(book));
    return found ? bookPage(found) : undefined;
  }

  private endlessPage(number: number): string {
    const page = listPage(this.books.slice(0, PAGE_SIZE), 1);
    return page.replace(
      '</ul></div></section>',
      `<li class="next"><a href="page-${number + 1}.html">next</a></li></ul></div></section>`,
    );
  }
}

async function* drops(body: Buffer, milliseconds: number): AsyncGenerator<Buffer> {
  for (let byte = 0; byte < body.length; byte++) {
    yield body.subarray(byte, byte + 1);
    await wait(milliseconds, undefined, { ref: false });
  }
}
