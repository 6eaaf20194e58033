import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError } from './cli.errors.js';
import type { CommandLine, CommandName } from './command-line.js';
import type { LabClient } from './lab-client.js';
import { type ProgressBar } from './progress-bar.js';
import { textTable } from './text-table.js';

const POLL_MS = 200;
const JOB_ENDED: readonly string[] = ['succeeded', 'failed', 'cancelled'];

/** Where a command writes. */
export interface Output {
  readonly out: (text: string) => void;
  readonly progress: ProgressBar;
  /** Takes what is to be done first when the command is interrupted. */
  readonly onInterrupt: (end: () => Promise<unknown>) => void;
}

/** @returns whether all is well */
type Command = (line: CommandLine, lab: LabClient, output: Output) => Promise<boolean>;

export const commands: Readonly<Record<CommandName, Command>> = { plan, build, test, query };

interface PlanAnswer {
  readonly changes: number;
  readonly rows_read: number;
  readonly models: readonly {
    readonly name: string;
    readonly kind: string | null;
    readonly action: string;
    readonly reasons: readonly string[];
    readonly reads: readonly { readonly table: string; readonly rows_read: number | null }[];
    readonly intervals: { readonly count: number } | null;
    readonly warnings: readonly string[];
  }[];
}

async function plan(line: CommandLine, lab: LabClient, { out }: Output): Promise<boolean> {
  const answer = await lab.post<PlanAnswer>('/api/v1/transforms/plan', optionsOf(line));
  if (line.format === 'json') out(JSON.stringify(answer, null, 2));
  else {
    const rows = answer.models.map(({ name, kind, action, reasons, reads, intervals }) => [
      ...[name, kind ?? '', action, intervals ? String(intervals.count) : ''],
      reads.map((read) => `${read.table} (${read.rows_read === null ? '?' : inWords(read.rows_read)})`).join(', '),
      reasons.join('; '),
    ]);
    out(textTable(['model', 'kind', 'action', 'intervals', 'reads (rows)', 'why'], rows, Infinity));
    for (const warning of answer.models.flatMap(({ warnings }) => warnings)) out(`warning: ${warning}`);
    out(`${answer.changes} model(s) would be built, from ${inWords(answer.rows_read)} rows.`);
  }
  return answer.models.every(({ action }) => action !== 'blocked');
}

interface JobAnswer {
  readonly id: string;
  readonly status: string;
  readonly progress: number;
  readonly message: string | null;
  readonly error?: string;
  readonly result?: {
    readonly models: readonly {
      name: string;
      version: number;
      rows: number;
      skipped: boolean;
      seconds: number;
      intervals?: number;
    }[];
  };
}

async function build(line: CommandLine, lab: LabClient, { out, progress, onInterrupt }: Output): Promise<boolean> {
  const { id } = await lab.post<{ id: string }>('/api/v1/transforms/build', optionsOf(line));
  onInterrupt(async () => {
    progress.clear();
    await lab.post(`/api/v1/jobs/${id}/cancel`, {});
    out(`Interrupted: the build ${id} is cancelled. What it has made stays; the next build goes on from there.`);
  });
  let job = await lab.get<JobAnswer>(`/api/v1/jobs/${id}`);
  while (!JOB_ENDED.includes(job.status)) {
    progress.show(job.progress, job.message ?? job.status);
    await sleep(POLL_MS);
    job = await lab.get<JobAnswer>(`/api/v1/jobs/${id}`);
  }
  progress.clear();
  if (!job.result) throw new RefusedError(422, job.error ?? `The build ended as ${job.status}.`);
  if (line.format === 'json') out(JSON.stringify(job.result, null, 2));
  else {
    const rows = job.result.models.map(({ name, version, rows: count, skipped, seconds, intervals }) => [
      ...[
        name,
        skipped ? 'unchanged' : 'built',
        String(version),
        inWords(count),
        intervals === undefined ? '' : String(intervals),
      ],
      skipped ? '' : `${seconds.toFixed(1)} s`,
    ]);
    out(textTable(['model', '', 'version', 'rows', 'intervals', 'took'], rows));
  }
  return job.status === 'succeeded';
}

interface TestAnswer {
  readonly passed: number;
  readonly failed: number;
  readonly tests: readonly {
    readonly model: string;
    readonly name: string;
    readonly file: string;
    readonly status: string;
    readonly message: string | null;
    readonly missing: readonly object[];
    readonly unexpected: readonly object[];
  }[];
}

async function test({ names, format }: CommandLine, lab: LabClient, { out }: Output): Promise<boolean> {
  const answer = await lab.post<TestAnswer>('/api/v1/transforms/test', names.length > 0 ? { models: names } : {});
  if (format === 'json') out(JSON.stringify(answer, null, 2));
  else {
    for (const { model, name, file, status, message, missing, unexpected } of answer.tests) {
      out(`${status === 'passed' ? 'ok  ' : 'FAIL'} ${model}: ${name} (${file})`);
      if (message) out(`     ${message.replaceAll('\n', '\n     ')}`);
      for (const row of missing) out(`     missing     ${JSON.stringify(row)}`);
      for (const row of unexpected) out(`     unexpected  ${JSON.stringify(row)}`);
    }
    out(`${answer.passed} passed, ${answer.failed} failed.`);
  }
  return answer.failed === 0;
}

interface SqlAnswer {
  readonly columns: readonly { readonly name: string }[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly truncated: boolean;
}

async function query({ names: [sql], limit, format }: CommandLine, lab: LabClient, { out }: Output): Promise<boolean> {
  const request = { sql, ...(limit === undefined ? {} : { limit }) };
  if (format !== 'table') {
    out((await lab.postForText('/api/v1/sql', { ...request, format })).trimEnd());
    return true;
  }
  const { columns, rows, truncated } = await lab.post<SqlAnswer>('/api/v1/sql', request);
  const names = columns.map(({ name }) => name);
  out(
    textTable(
      names,
      rows.map((row) => names.map((name) => row[name])),
    ),
  );
  out(`${inWords(rows.length)} row(s)${truncated ? '; there are more: say --limit' : ''}.`);
  return true;
}

const optionsOf = ({ names, from, to, force }: CommandLine): object => ({
  ...(names.length > 0 ? { models: names } : {}),
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
  force,
});

const inWords = (count: number): string => count.toLocaleString('en');
