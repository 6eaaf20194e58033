import { readerOf } from '../definition/field.js';
import type { ByteReader, ByteWriter } from '../processing/bytes.js';
import { type OutputColumn, type OutputValues, PoisonEvent } from '../processing/operator.types.js';
import { HyperLogLog } from './aggregates/hyperloglog.js';
import { NUMBER_AGGREGATES, type NumberAggregate } from './aggregates/number-aggregates.js';
import { TDigest } from './aggregates/t-digest.js';
import type { Aggregate, AggregateOptions } from './window.schema.js';

/** What one group has come to in one window. */
export interface Accumulator {
  readonly numbers: number[];
  readonly distinct: HyperLogLog[];
  readonly digests: TDigest[];
}

/** What an event gives to each field that is aggregated: a missing one is undefined. */
export type Inputs = readonly unknown[];

type Part =
  | { readonly kind: 'number'; readonly aggregate: NumberAggregate; readonly at: number; readonly input: number | undefined }
  | { readonly kind: 'distinct'; readonly at: number; readonly input: number }
  | { readonly kind: 'digest'; readonly at: number; readonly input: number };

type Step = Part & { readonly name: string; readonly share: number; readonly type: OutputColumn['type'] };

interface Input {
  readonly path: string;
  readonly read: (value: Readonly<Record<string, unknown>>) => unknown;
  /** Where it goes: any value is counted, a distinct one is a scalar, all else is a number. */
  readonly takes: 'any' | 'scalar' | 'number';
}

/** The aggregates of a stream in an order of their own: how an accumulator begins, grows, is merged, kept and told. */
export class Aggregation {
  private readonly inputs: Input[] = [];
  private readonly steps: readonly Step[];
  private readonly parts: readonly Part[];
  private readonly zero: number[] = [];
  /** One for each field, in its place. */
  private readonly sketches = { distinct: new Map<string, number>(), digest: new Map<string, number>() };

  constructor(values: AggregateOptions['values']) {
    this.steps = Object.entries(values).map(([name, aggregate]) => this.step(name, aggregate));
    // Quantiles of one field are told from one digest, which takes each value once.
    this.parts = this.steps.filter(
      (step, index) => this.steps.findIndex(({ kind, at }) => kind === step.kind && at === step.at) === index,
    );
  }

  get columns(): OutputColumn[] {
    return this.steps.map(({ name, type }) => ({ name, type }));
  }

  /** @throws {PoisonEvent} for a value that cannot be aggregated */
  inputsOf(value: Readonly<Record<string, unknown>>): Inputs {
    return this.inputs.map(({ path, read, takes }) => {
      const given = read(value);
      if (given === undefined || given === null || takes === 'any') return given ?? undefined;
      if (typeof given === 'number' && Number.isFinite(given)) return given;
      if (takes === 'scalar' && (typeof given === 'string' || typeof given === 'boolean')) return given;
      throw new PoisonEvent(`${path}: must be ${takes === 'scalar' ? 'text, a number or a boolean' : 'a number'}`);
    });
  }

  begin(): Accumulator {
    return {
      numbers: this.zero.slice(),
      distinct: Array.from({ length: this.sketches.distinct.size }, () => new HyperLogLog()),
      digests: Array.from({ length: this.sketches.digest.size }, () => new TDigest()),
    };
  }

  add(to: Accumulator, inputs: Inputs): void {
    for (const part of this.parts) {
      const given = part.input === undefined ? 1 : inputs[part.input];
      if (given === undefined) continue;
      if (part.kind === 'number') part.aggregate.add(to.numbers, part.at, given as number);
      else if (part.kind === 'digest') to.digests[part.at].add(given as number);
      else to.distinct[part.at].add(`${typeof given}${String(given)}`);
    }
  }

  merge(to: Accumulator, other: Accumulator): void {
    for (const part of this.parts) {
      if (part.kind === 'number') part.aggregate.merge(to.numbers, part.at, other.numbers);
      else if (part.kind === 'digest') to.digests[part.at].merge(other.digests[part.at]);
      else to.distinct[part.at].merge(other.distinct[part.at]);
    }
  }

  results({ numbers, distinct, digests }: Accumulator): OutputValues {
    const results: Record<string, number | null> = {};
    for (const step of this.steps) {
      if (step.kind === 'number') results[step.name] = step.aggregate.result(numbers, step.at);
      else results[step.name] = step.kind === 'digest' ? digests[step.at].result(step.share) : distinct[step.at].result();
    }
    return results;
  }

  write({ numbers, distinct, digests }: Accumulator, to: ByteWriter): void {
    for (const number of numbers) to.number(number);
    for (const sketch of distinct) sketch.write(to);
    for (const digest of digests) digest.write(to);
  }

  read(from: ByteReader): Accumulator {
    return {
      numbers: this.zero.map(() => from.number()),
      distinct: Array.from({ length: this.sketches.distinct.size }, () => HyperLogLog.read(from)),
      digests: Array.from({ length: this.sketches.digest.size }, () => TDigest.read(from)),
    };
  }

  private step(name: string, aggregate: Aggregate): Step {
    const [[kind, path]] = Object.entries(aggregate) as [[keyof typeof NUMBER_AGGREGATES | 'distinct' | 'quantile', string]];
    const share = 'at' in aggregate ? aggregate.at : 0;
    if (kind === 'distinct') return { ...this.sketch(kind, path), name, share, type: 'bigint' };
    if (kind === 'quantile') return { ...this.sketch('digest', path), name, share, type: 'double' };
    const at = this.zero.push(...NUMBER_AGGREGATES[kind].zero) - NUMBER_AGGREGATES[kind].zero.length;
    const input = path === '*' ? undefined : this.input(path, kind === 'count' ? 'any' : 'number');
    return {
      kind: 'number',
      aggregate: NUMBER_AGGREGATES[kind],
      at,
      input,
      name,
      share,
      type: kind === 'count' ? 'bigint' : 'double',
    };
  }

  private sketch(kind: 'distinct' | 'digest', path: string): Part {
    const places = this.sketches[kind];
    const at = places.get(path) ?? places.size;
    places.set(path, at);
    return { kind, at, input: this.input(path, kind === 'digest' ? 'number' : 'scalar') };
  }

  private input(path: string, takes: Input['takes']): number {
    const known = this.inputs.findIndex((input) => input.path === path && input.takes === takes);
    return known >= 0 ? known : this.inputs.push({ path, takes, read: readerOf(path) }) - 1;
  }
}
