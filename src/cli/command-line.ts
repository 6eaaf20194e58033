import { parseArgs } from 'node:util';
import { UsageError } from './cli.errors.js';

export const COMMANDS = ['plan', 'build', 'test', 'query'] as const;
export type CommandName = (typeof COMMANDS)[number];

export const USAGE = `npm run lab -- <command> [options]

  plan  [model…]   what a build would do now and why; touches no data
  build [model…]   build models, with all that they read
  test  [model…]   hold models against workspace/tests
  query "<sql>"    ask the tables of the lake

  --from 2001-01-01 --to 2001-01-08   plan, build: make these intervals again
  --force                             plan, build: also what has not changed
  --limit 20                          query: rows at most
  --format table|json|csv             table when not given; csv for query only
  --url http://127.0.0.1:3000         a running lab; LAB_URL says it too
  --help

Without --url it speaks with the lab on PORT of this machine, and where none runs it starts one for as long as the command takes.
It logs in with LAB_TOKEN, or as LAB_USER with LAB_PASSWORD (admin, and what ADMIN_PASSWORD says).
`;

const FORMATS = ['table', 'json', 'csv'] as const;

export interface CommandLine {
  readonly command: CommandName;
  readonly names: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly force: boolean;
  readonly limit?: number;
  readonly format: (typeof FORMATS)[number];
  readonly url?: string;
}

/** @returns undefined when help was asked for @throws {UsageError} */
export function parseCommandLine(args: readonly string[]): CommandLine | undefined {
  const { values, positionals } = parsed(args);
  const [command, ...names] = positionals;
  if (values.help || args.length === 0) return undefined;
  if (!isOneOf(COMMANDS, command)) throw new UsageError(`There is no command "${command}". There are: ${COMMANDS.join(', ')}.`);
  const { format = 'table', limit } = values;
  if (!isOneOf(FORMATS, format)) throw new UsageError(`--format is one of ${FORMATS.join(', ')}.`);
  if (format === 'csv' && command !== 'query') throw new UsageError('--format csv is for query only.');
  if (limit !== undefined && !/^[1-9]\d*$/.test(limit)) throw new UsageError('--limit is a number, such as 20.');
  if (command === 'query' && names.length !== 1) throw new UsageError('query takes one SELECT, in quotes.');
  return {
    ...{ command, names, format, force: values.force ?? false, from: values.from, to: values.to, url: values.url },
    ...(limit === undefined ? {} : { limit: Number(limit) }),
  };
}

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean' } as const;
const OPTIONS = {
  from: TEXT,
  to: TEXT,
  limit: TEXT,
  format: TEXT,
  url: TEXT,
  force: FLAG,
  help: { type: 'boolean', short: 'h' },
} as const;

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const isOneOf = <T extends string>(all: readonly T[], text: string): text is T => (all as readonly string[]).includes(text);
