import { readFileSync } from 'node:fs';

/** As in package.json, which stands two folders up from the sources and three from what is built of them. */
export const VERSION = readVersion(['../../package.json', '../../../package.json']);

function readVersion(candidates: readonly string[]): string {
  for (const candidate of candidates) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(candidate, import.meta.url), 'utf8')) as {
        name: string;
        version: string;
      };
      if (name === 'dataflow-lab') return version;
    } catch {
      continue;
    }
  }
  throw new Error('package.json is missing beside the program: install it whole.');
}
