import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const { include } = JSON.parse(read('tsconfig.build.json')) as { include: string[] };

const built = include.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => join(ROOT, folder, file)),
);

/** Top folders that a file takes something from. */
const sourcesOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/from '(\.[^']*)'/g)].map(
    ([, path]) => relative(ROOT, join(dirname(file), path)).split('/')[0],
  );

describe('the image', () => {
  it('is built with all that the build reads', () => {
    const ignored = read('.dockerignore').split('\n').filter(Boolean);
    const missing = built.filter((file) => sourcesOf(file).some((folder) => ignored.includes(folder)));
    expect(missing.map((file) => relative(ROOT, file))).toEqual([]);
  });

  it('holds all that the process reads, and neither its tests, its benchmarks nor the bookshop', () => {
    const copied = [...read('Dockerfile').matchAll(/^COPY --from=build \/app\/(\S+)/gm)].map(([, path]) => path);
    const run = built.filter((file) => !/^(bench|bookstore)\b/.test(relative(ROOT, file)));
    const needed = new Set(run.flatMap(sourcesOf).filter((folder) => include.includes(folder)));
    expect(copied.filter((path) => path.startsWith('dist')).toSorted()).toEqual(
      [...needed].map((folder) => `dist/${folder}`).toSorted(),
    );
  });
});
