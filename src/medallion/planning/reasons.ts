import type { MadeFrom } from '../models/build-fingerprint.js';

/** Marks what this same plan changes before it is read. */
export const BUILT_FIRST = 'built first';

/** In words, why something is to be made again that was made before. */
export function reasonsFor(before: MadeFrom, now: MadeFrom): string[] {
  return [
    ...(before.kind === now.kind ? [] : [`it is of kind ${now.kind}, and was ${before.kind}`]),
    ...differing(before.text, now.text)
      .filter((key) => key !== 'kind')
      .map((key) => (key === 'sql' ? 'its SELECT has changed' : `${key} in its header has changed`)),
    ...differing(before.models, now.models).map((name) => `the model ${name}, on which it stands, has changed`),
    ...differing(before.inputs, now.inputs).map((name) => inputReason(name, now.inputs[name])),
    ...(before.mended === now.mended ? [] : ['rows of it were mended in quarantine']),
    ...(before.engine === now.engine ? [] : [`the engine is ${now.engine}, and was ${before.engine}`]),
  ];
}

function inputReason(name: string, now: number | string | undefined): string {
  if (now === BUILT_FIRST) return `${name}, which it reads, is built first`;
  if (now === undefined) return `it reads ${name} no more`;
  return typeof now === 'number' ? `rows of ${name} have changed, last in version ${now}` : `the file ${name} has changed`;
}

const differing = <T>(before: Readonly<Record<string, T>>, now: Readonly<Record<string, T>>): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((key) => before[key] !== now[key]);
