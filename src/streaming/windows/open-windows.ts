import type { Operator } from '../processing/operator.types.js';
import { AlignedWindows } from './aligned-windows.js';
import { SessionWindows } from './session-windows.js';
import type { AggregateOptions } from './window.schema.js';

/** What does the work of the key `aggregate`. */
export function openWindows(options: AggregateOptions): Operator {
  const { window } = options;
  if ('session' in window) return new SessionWindows(options, window.session);
  const size = 'hopping' in window ? window.hopping : window.tumbling;
  const every = 'hopping' in window ? window.every : size;
  return new AlignedWindows(options, { size, every, offset: window.offset });
}
