import { type Detector, type DetectorKind, type Finding, LARGEST_VALUE } from '../../estimators/anomaly/anomaly.types.js';
import { readerOf } from '../definition/field.js';
import { type Codec, KeyedState } from '../processing/keyed-state.js';
import { type Emission, type Operator, type OutputShape, PoisonEvent, type StreamEvent } from '../processing/operator.types.js';
import { GroupKey } from '../windows/group-key.js';
import { groupColumns } from '../windows/window.schema.js';
import { columnOf, type DetectOptions, kindOf } from './detect.schema.js';

/** Detectors stand in no window: they have one space. */
const SPACE = 0;

/** What does the work of the key `detect`: one detector for each group, which judges events as they come and learns them. */
export class Detection implements Operator {
  readonly output: OutputShape;
  private readonly groups: GroupKey;
  private readonly fields: readonly { path: string; column: string; read: ReturnType<typeof readerOf> }[];
  private readonly kind: DetectorKind;
  private readonly state: KeyedState<Detector>;

  constructor(private readonly options: DetectOptions) {
    this.kind = kindOf(options.detector);
    this.groups = new GroupKey(groupColumns(options.group_by));
    this.fields = options.values.map((path) => ({ path, column: columnOf(path), read: readerOf(path) }));
    this.state = new KeyedState(this.codec());
    this.output = {
      columns: [
        { name: 'time', type: 'timestamp' },
        ...this.groups.columns,
        ...this.fields.map(({ column }) => ({ name: column, type: 'double' as const })),
        { name: 'score', type: 'double' },
        { name: 'expected', type: 'double' },
        { name: 'reason', type: 'text' },
      ],
    };
  }

  get entries(): number {
    return this.state.size;
  }

  /** An event without a value says nothing about it, and is passed over. */
  process({ time, value }: StreamEvent, emission: Emission): void {
    const key = this.groups.keyOf(value);
    const values = this.valuesOf(value);
    if (!values) return;
    const entry = this.state.get(SPACE, key) ?? this.state.put(SPACE, key, this.open());
    const finding = entry.value.observe(values, time);
    this.state.touch(entry);
    if (this.options.rows === 'anomalies' && finding.score < this.options.threshold) return;
    emission.row({ key: this.groups.messageKey(key), time, values: this.row(key, time, values, finding) });
  }

  /** What is unusual is told at once: no time has to pass for it. */
  advance(): void {}

  flush(): void {}

  snapshot(extent: 'changes' | 'whole'): Iterable<Buffer> {
    return this.state.snapshot(extent);
  }

  restore(piece: Buffer): void {
    this.state.restore(piece);
  }

  private valuesOf(event: StreamEvent['value']): number[] | undefined {
    const given = this.fields.map(({ read }) => read(event) ?? null);
    const wrong = given.findIndex((value) => value !== null && !isJudgeable(value));
    if (wrong >= 0) throw new PoisonEvent(`${this.fields[wrong].path}: must be a number between ±${LARGEST_VALUE}`);
    return given.includes(null) ? undefined : (given as number[]);
  }

  private row(
    key: string,
    time: number,
    values: readonly number[],
    { score, expected, reason }: Finding,
  ): Record<string, unknown> {
    const numbers = Object.fromEntries(this.fields.map(({ column }, i) => [column, values[i]]));
    return { time, ...this.groups.valuesOf(key), ...numbers, score, expected, reason };
  }

  private open(state?: Float64Array): Detector {
    return this.kind.open(this.options.params, this.fields.length, state);
  }

  private codec(): Codec<Detector> {
    return {
      write: (detector, to) => to.bytes(new Uint8Array(detector.state().buffer)),
      // A copy: numbers of eight bytes have to begin at a multiple of eight.
      read: (from) => this.open(new Float64Array(Uint8Array.from(from.bytes()).buffer)),
    };
  }
}

const isJudgeable = (value: unknown): value is number => typeof value === 'number' && Math.abs(value) <= LARGEST_VALUE;
