/** What a page of ours may load: only what comes from here, and styles that Swagger UI writes into its elements. */
const OF_PAGES = [
  "default-src 'self'",
  "base-uri 'self'",
  "font-src 'self' https: data:",
  "form-action 'self'",
  "frame-ancestors 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "script-src 'self'",
  "script-src-attr 'none'",
  "style-src 'self' 'unsafe-inline'",
].join(';');

/** Every answer: it is what its type says, and nothing that a browser shows or runs (OWASP, REST security). */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/**
 * A page in their place: those that helmet would set. Without Strict-Transport-Security, because plain HTTP on a local machine
 * is a supported way to run; who serves TLS in front sets it there.
 */
export const SAFE_PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': OF_PAGES,
  'cross-origin-opener-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};
