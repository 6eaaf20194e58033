import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianProgram } from '../test/interop/servers/debian-package.js';
import { memoryOf } from './process-tree.js';
import { cpuOf } from './served-process.js';

const CONNECTIONS = 64;

export interface Target {
  readonly url: string;
  readonly pid: number;
}

export interface Requests {
  /** Asked for in turns. A `#` stands for another number each time. */
  readonly paths: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Load {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p99: number;
  /** Microseconds of the server's processors. */
  readonly cpuPerRequest: number;
  /** Bytes of all processes of the server, what they share counted once. */
  readonly memory: number;
}

/** wrk, the same for all: one thread, 64 connections. @throws when an answer was no success, or none came */
export async function loadOf(target: Target, { paths, headers = {} }: Requests, seconds: number): Promise<Load> {
  const wrk = await debianProgram('/usr/bin/wrk', 'wrk');
  const folder = await mkdtemp(join(tmpdir(), 'lab-wrk-'));
  try {
    const script = join(folder, 'requests.lua');
    await writeFile(script, luaOf(paths));
    const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    const rules = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--timeout', '60s', '--latency', '-s', script];
    await untilIdle(target);
    const before = cpuOf(target.pid);
    const { stdout } = await promisify(execFile)(wrk, [...rules, ...given, target.url]);
    const used = cpuOf(target.pid) - before;
    return { ...read(stdout, used), memory: memoryOf([target.pid]) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A server may go on for long with the requests of a load that is over: a new one is answered behind them. */
async function untilIdle({ url }: Target): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await (await fetch(`${url}/none`)).arrayBuffer();
}

/** Requests are put together before the load, where they can be. */
function luaOf(paths: readonly string[]): string {
  const fresh = paths.some((path) => path.includes('#'));
  return `
local paths, ready, turn = {${paths.map((path) => JSON.stringify(path)).join(',')}}, {}, 0
function init() for place, path in ipairs(paths) do ready[place] = wrk.format('GET', path) end end
function request()
  turn = turn + 1
  local place = turn % #paths + 1
  return ${fresh ? `wrk.format('GET', (paths[place]:gsub('#', tostring(1000000 + turn))))` : 'ready[place]'}
end
`;
}

function read(printed: string, used: number): Omit<Load, 'memory'> {
  const [failed] = /Non-2xx or 3xx responses.*|Socket errors.*/.exec(printed) ?? [];
  const [, answered] = /(\d+) requests in/.exec(printed) ?? [];
  const [, rate] = /Requests\/sec:\s+([\d.]+)/.exec(printed) ?? [];
  const [, p99, unit] = /99%\s+([\d.]+)(us|ms|s|m)\b/.exec(printed) ?? [];
  if (failed || !Number(answered)) throw new Error(`The load broke: ${failed ?? printed}`);
  return {
    perSecond: Number(rate),
    p99: Number(p99) * { us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit as 'us' | 'ms' | 's' | 'm'],
    cpuPerRequest: (used / Number(answered)) * 1e6,
  };
}
