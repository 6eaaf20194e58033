import { createRequire } from 'node:module';
import type robotsParser from 'robots-parser';

// A CommonJS module whose types promise a default export.
const parse = createRequire(import.meta.url)('robots-parser') as typeof robotsParser.default;

/** What a site asks of robots (RFC 9309). */
export class Robots {
  private readonly rules: ReturnType<typeof parse>;

  constructor(
    url: string,
    text: string,
    private readonly userAgent: string,
  ) {
    this.rules = parse(url, text);
  }

  allows(url: string): boolean {
    return this.rules.isAllowed(url, this.userAgent) ?? true;
  }

  /** Between two requests; 0 where none is asked for. */
  get crawlDelaySeconds(): number {
    return Math.max(0, this.rules.getCrawlDelay(this.userAgent) || 0);
  }
}
