import { setFlagsFromString } from 'node:v8';

// A pattern that somebody declares must not hold up the process: one that backtracks too long goes on in V8's linear engine.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

/** What only the flag `u` makes of a pattern; the linear engine does not know that flag. */
const UNICODE = /\\[pP]\{|\\u\{/;

/** Takes time in proportion to the text, but for patterns with Unicode properties, back references and look-around. */
export const linearRegExp = (pattern: string): RegExp => new RegExp(pattern, UNICODE.test(pattern) ? 'u' : '');
