import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, posix, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = join(ROOT, 'src');

const GROUND = ['errors', 'config', 'telemetry', 'events', 'http'];
const ENGINES = ['engines/database', 'engines/sql', 'engines/stream', 'engines/storage', 'engines/cache'];
const KEEPERS = ['pipelines', 'registry', 'catalog', 'auth', 'alerts'];
const REFINERY = [...ENGINES, 'delta', ...KEEPERS, 'medallion'];

/** Which rooms a room may enter beside the ground, which is open to all. A room that is not here does not exist. */
const MAY_ENTER: Readonly<Record<string, readonly string[]>> = {
  'engines/database': [],
  'engines/sql': [],
  'engines/storage': [],
  'engines/cache': [],
  'engines/stream': ['engines/database'],
  delta: ['engines/storage', 'engines/sql'],
  estimators: [],
  auth: ['engines/database'],
  catalog: ['engines/database', 'auth'],
  alerts: ['engines/database', 'auth'],
  registry: ['engines/database', 'engines/storage', 'estimators', 'auth'],
  pipelines: ['engines/database', 'auth', 'alerts'],
  medallion: [...ENGINES, 'delta', ...KEEPERS],
  etl: REFINERY,
  ingestion: REFINERY,
  scraping: REFINERY,
  features: REFINERY,
  training: [...REFINERY, 'estimators', 'features'],
  streaming: [...REFINERY, 'estimators', 'ingestion', 'training'],
  operations: REFINERY,
  query: [...ENGINES, 'delta', 'catalog', 'auth'],
  prediction: [...REFINERY, 'estimators', 'features'],
  monitoring: [...REFINERY, 'training', 'prediction'],
  books: [...REFINERY, 'estimators', 'scraping', 'training', 'prediction'],
  dashboard: [...REFINERY, 'training', 'prediction', 'monitoring', 'query'],
  cli: [...REFINERY, 'query', 'operations'],
};

const DOOR = /\.(module|service|port|decorator|guard|types|events|errors)\.ts$/;
const MOST_LINES = 300;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [posix.join(...relative(SOURCES, path).split('\\'))];
  });

const all = filesBelow(SOURCES).filter((file) => file.endsWith('.ts'));
const sources = all.filter((file) => !file.endsWith('.spec.ts'));

/** The room of a file; the files beside the rooms (main, app.module) belong to none. */
const roomOf = (file: string): string | undefined => {
  const [first, second] = file.split('/');
  if (!file.includes('/')) return undefined;
  return first === 'engines' ? `engines/${second}` : first;
};

const importsOf = (file: string): Import[] =>
  [...readFileSync(join(SOURCES, file), 'utf8').matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+'(\.[^']+)\.js';/gms)].map(
    ([, type, path]) => ({
      from: file,
      to: posix.join(dirname(file), `${path}.ts`),
      typeOnly: type !== undefined,
    }),
  );

/** Migrations stand outside the rooms: the database runs them, nothing else knows them. */
const imports = sources.flatMap(importsOf).filter(({ to }) => !to.startsWith('..'));
const crossings = imports.filter(
  ({ from, to }) => roomOf(from) !== undefined && roomOf(to) !== undefined && roomOf(from) !== roomOf(to),
);

describe('the house', () => {
  it('finds the imports that it judges', () => {
    expect(crossings.length).toBeGreaterThan(50);
  });

  it('has no room that is not drawn', () => {
    const rooms = new Set(sources.map(roomOf).filter((room) => room !== undefined));
    expect([...rooms].filter((room) => !GROUND.includes(room) && !(room in MAY_ENTER))).toEqual([]);
  });

  it('lets a room enter only those below it', () => {
    const broken = crossings.filter(({ from, to }) => {
      const [here, there] = [roomOf(from) as string, roomOf(to) as string];
      if (GROUND.includes(there)) return false;
      return GROUND.includes(here) || !MAY_ENTER[here].includes(there);
    });
    expect(broken.map(({ from, to }) => `${from} may not enter the room of ${to}`)).toEqual([]);
  });

  it('lets a room in through its doors only', () => {
    const broken = crossings.filter(({ to }) => {
      const there = roomOf(to) as string;
      return !GROUND.includes(there) && !DOOR.test(to) && !(there === 'estimators' && to.endsWith('.estimator.ts'));
    });
    expect(broken.map(({ from, to }) => `${from} comes into ${to}, which is no door`)).toEqual([]);
  });

  it('lets two rooms know each other in one direction only', () => {
    const pairs = new Set(crossings.map(({ from, to }) => `${roomOf(from)} -> ${roomOf(to)}`));
    const turned = [...pairs].filter(
      (pair) =>
        pairs.has(pair.split(' -> ').reverse().join(' -> ')) && !pair.split(' -> ').every((room) => GROUND.includes(room)),
    );
    expect(turned).toEqual([]);
  });

  it('has no files that import each other in a circle', () => {
    expect(circles(imports)).toEqual([]);
  });

  it('imports an adapter in the module beside it and nowhere else', () => {
    const ports = sources.filter((file) => file.startsWith('engines/') && file.endsWith('.port.ts'));
    const isAdapter = (file: string): boolean =>
      ports.some((port) => dirname(port) === dirname(file) && file.endsWith(`.${basename(port, '.port.ts')}.ts`));
    const broken = imports.filter(({ from, to }) => isAdapter(to) && !from.endsWith('.module.ts'));
    expect(broken.map(({ from, to }) => `${from} knows the adapter ${to}`)).toEqual([]);
  });

  it(`keeps every file within ${MOST_LINES} lines`, () => {
    const long = sources.filter((file) => readFileSync(join(SOURCES, file), 'utf8').split('\n').length - 1 > MOST_LINES);
    expect(long.map((file) => `${file} is too long: split it by noun`)).toEqual([]);
  });

  it('has no barrels and no grab-bags', () => {
    const barrels = sources.filter((file) => basename(file) === 'index.ts');
    const bags = sources.filter((file) => /(^|[/.-])(utils?|helpers?|common|manager|base)(?=[/.-])/.test(file));
    expect([...barrels, ...bags]).toEqual([]);
  });

  it('reads the environment where a process begins', () => {
    const beginnings = ['main.ts', 'cli/main.ts'];
    expect(
      sources.filter((file) => !beginnings.includes(file) && readFileSync(join(SOURCES, file), 'utf8').includes('process.env')),
    ).toEqual([]);
  });

  it('throws HTTP exceptions nowhere but at the edge', () => {
    const named =
      /\b(HttpException|(BadRequest|NotFound|Unauthorized|Forbidden|Conflict|UnprocessableEntity|InternalServerError)Exception)\b/;
    expect(
      sources.filter((file) => file !== 'errors/problem.filter.ts' && named.test(readFileSync(join(SOURCES, file), 'utf8'))),
    ).toEqual([]);
  });

  it('keeps a room flat until it is large', () => {
    const folders = new Set(sources.map((file) => dirname(file)));
    const crowded = [...folders].filter(
      (folder) =>
        readdirSync(join(SOURCES, folder)).filter(
          (name) => statSync(join(SOURCES, folder, name)).isFile() && !name.endsWith('.spec.ts'),
        ).length > 16,
    );
    expect(crowded).toEqual([]);
  });
});

/** Each circle once, as the files on it. Imports of types alone leave nothing behind at run time and make no circle. */
function circles(edges: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of edges) if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.add([...path.slice(path.indexOf(file)), file].join(' -> '));
    else if (!done.has(file)) {
      for (const other of next.get(file) ?? []) visit(other, [...path, file]);
      done.add(file);
    }
  };
  for (const file of next.keys()) visit(file, []);
  return [...found];
}
