import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { CatalogService } from '../../catalog/catalog.service.js';
import { DeltaService } from '../../delta/delta.service.js';
import type { Snapshot } from '../../delta/delta.types.js';
import { SqlError } from '../../engines/sql/sql.errors.js';
import { type Column, type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import { type ColumnFacts, type ColumnKind, CUT, type Deviation, kindOf, passOver } from './column-pass.js';
import { ProfileEntity } from './profile.entity.js';
import type { ColumnProfile, Profile } from './profile.schema.js';
import { histogramOf, quantilesOf, timeOf, topValuesOf } from './sample-statistics.js';

const MOST_SAMPLED_ROWS = 50_000;
const LEAST_SAMPLED_ROWS = 1_000;
/** Values of all columns together: a table of a thousand columns samples fewer rows. */
const SAMPLED_VALUES = 1_000_000;
/** Profiles that are kept of one table. */
const KEPT = 20;

/** What stands in the columns of a table, version by version. */
@Injectable()
export class ProfileService {
  /** Under way, by table and version: who asks meanwhile waits for the same one. */
  private readonly underWay = new Map<string, Promise<Profile>>();

  constructor(
    private readonly catalog: CatalogService,
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
    @InjectRepository(ProfileEntity) private readonly kept: Repository<ProfileEntity>,
  ) {}

  /**
   * @param version the newest when absent
   * @throws {DatasetNotFoundError} @throws {VersionNotFoundError} @throws {VersionVacuumedError}
   */
  async of(dataset: string, version?: number): Promise<Profile> {
    await this.catalog.find(dataset);
    const snapshot = await this.delta.snapshot(dataset, version === undefined ? undefined : { version });
    const found = await this.kept.findOneBy({ dataset, version: snapshot.version });
    if (found?.committedAt.getTime() === snapshot.timestamp.getTime()) return found.profile;
    const key = `${dataset} ${snapshot.version}`;
    const running = this.underWay.get(key) ?? this.make(snapshot).finally(() => this.underWay.delete(key));
    this.underWay.set(key, running);
    return running;
  }

  private async make(snapshot: Snapshot): Promise<Profile> {
    const started = performance.now();
    const { table: dataset, version, columns, timestamp } = snapshot;
    const wanted = Math.max(LEAST_SAMPLED_ROWS, Math.min(MOST_SAMPLED_ROWS, Math.floor(SAMPLED_VALUES / columns.length)));
    const share = wanted / Math.max(snapshot.rows, 1);
    const row = await this.pass(columns, await this.delta.relation(snapshot), share);
    const exact = share >= 1;
    const profile: Profile = {
      dataset,
      version,
      rows: Number(row.rows),
      sampled_rows: Number(row.sampled),
      exact,
      profiled_at: new Date().toISOString(),
      seconds: Math.round(performance.now() - started) / 1000,
      columns: columns.map((column, index) => {
        const sample = (row[`s${index}`] ?? []) as string[];
        return toProfile(column, row[`c${index}`] as ColumnFacts, { sample, exact });
      }),
    };
    await this.keep({ dataset, version, committedAt: timestamp, profile });
    return profile;
  }

  private async pass(columns: readonly Column[], table: Relation, share: number): Promise<Record<string, unknown>> {
    const pass = async (deviation?: Deviation) => (await this.sql.rows(passOver(columns, table, share, deviation)))[0];
    try {
      return await pass();
    } catch (error) {
      // One value such as 1e200 is enough.
      if (error instanceof SqlError && error.reason.includes('out of range')) return pass('careful');
      throw error;
    }
  }

  private async keep(made: ProfileEntity): Promise<void> {
    await this.kept.upsert(made, ['dataset', 'version']);
    await this.kept.query(
      `delete from lab.dataset_profiles where dataset = $1 and version not in
         (select version from lab.dataset_profiles where dataset = $1 order by profile->>'profiled_at' desc limit $2)`,
      [made.dataset, KEPT],
    );
  }
}

/** @param sample the values of the column that were taken at random, as text @param exact whether they are all */
function toProfile(
  { name, type }: Column,
  facts: ColumnFacts,
  { sample, exact }: { readonly sample: readonly string[]; readonly exact: boolean },
): ColumnProfile {
  const kind = kindOf(type);
  const numbers = numbersOf(sample, kind);
  return {
    name,
    type,
    nulls: Number(facts.nulls),
    distinct: exact && sample.every(isWhole) ? new Set(sample).size : Number(facts.distinct),
    min: facts.min,
    max: facts.max,
    mean: Number.isFinite(facts.mean) ? facts.mean : null,
    stddev: facts.stddev,
    lengths:
      facts.shortest === null || facts.longest === null || facts.mean_length === null
        ? null
        : { min: Number(facts.shortest), max: Number(facts.longest), mean: facts.mean_length },
    quantiles: quantilesOf(numbers),
    top_values: topValuesOf(sample),
    histogram: histogramOf(numbers),
  };
}

/** Whether the sampled text is the whole value. */
const isWhole = (text: string): boolean => text.length < CUT;

/** Finite ones, ascending. */
function numbersOf(sample: readonly string[], kind: ColumnKind): Float64Array {
  if (kind !== 'number' && kind !== 'time') return new Float64Array();
  const numbers = kind === 'time' ? sample.map(timeOf) : sample.map(Number);
  return Float64Array.from(numbers.filter(Number.isFinite)).sort();
}
