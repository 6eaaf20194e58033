/** Where a scrape may go: below one address, by one protocol, to one host and port. */
export class Premises {
  /** Ends with a slash, so that what is below it can be told by its beginning. */
  readonly home: string;
  private readonly origin: string;

  constructor(baseUrl: string) {
    const { origin, pathname } = new URL(baseUrl);
    this.origin = origin;
    this.home = origin + pathname + (pathname.endsWith('/') ? '' : '/');
  }

  /** @param path below the base URL */
  at(path: string): string {
    return new URL(path, this.home).href;
  }

  /** For the whole host. */
  get robots(): string {
    return `${this.origin}/robots.txt`;
  }

  /** @returns why a scrape does not go there; undefined where it may */
  objectionTo(url: string): string | undefined {
    if (!URL.canParse(url)) return 'it is no address';
    const { href, protocol, origin, username, password } = new URL(url);
    if (!/^https?:$/.test(protocol)) return `${protocol} is not a protocol of pages`;
    if (origin !== this.origin) return `a scrape of ${this.origin} goes to no other host, port or protocol`;
    if (username || password) return 'it carries a name or a password';
    if (href !== this.robots && !href.startsWith(this.home)) return `it is not below ${this.home}`;
    return undefined;
  }
}
