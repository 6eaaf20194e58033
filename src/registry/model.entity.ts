import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { Problem } from '../estimators/estimator.types.js';
import type { LearntFeature, Metrics } from './registry.types.js';

/** PostgreSQL's bigint arrives as text; what we count stays below 2^53. */
const count = { from: Number, to: (value: number) => value };

// JSON knows neither NaN nor infinity: they are kept by their names, which Number() reads back.
const metrics = {
  from: (kept: Record<string, number | string>): Metrics =>
    Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, Number(value)])),
  to: (given: Metrics) =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, Number.isFinite(value) ? value : String(value)])),
};

@Entity('registered_models')
export class RegisteredModelEntity {
  @PrimaryColumn('text') name!: string;
  @Column('text') type!: Problem;
  @Column('text') description!: string;
  /** The highest number given to a version, whether or not that version came to be. */
  @Column('int', { name: 'last_version' }) lastVersion!: number;
}

@Entity('model_versions')
export class ModelVersionEntity {
  @PrimaryColumn('text') model!: string;
  @PrimaryColumn('int') version!: number;
  @Column('text') type!: Problem;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('text') estimator!: string;
  @Column('jsonb') params!: object;
  @Column('jsonb', { transformer: metrics }) metrics!: Metrics;
  @Column('jsonb', { name: 'baseline_metrics', transformer: metrics }) baselineMetrics!: Metrics;
  @Column('text', { name: 'dataset_name' }) datasetName!: string;
  @Column('bigint', { name: 'dataset_version', transformer: count }) datasetVersion!: number;
  @Column('jsonb') features!: LearntFeature[];
  @Column('text') target!: string;
  @Column('text', { name: 'run_id', nullable: true }) runId!: string | null;
  @Column('text', { nullable: true }) fingerprint!: string | null;
  @Column('text') path!: string;
  @Column('bigint', { transformer: count }) bytes!: number;
  @Column('text') checksum!: string;
}

@Entity('model_aliases')
export class ModelAliasEntity {
  @PrimaryColumn('text') model!: string;
  @PrimaryColumn('text') alias!: string;
  @Column('int') version!: number;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;

  @ManyToOne(() => ModelVersionEntity)
  @JoinColumn([
    { name: 'model', referencedColumnName: 'model' },
    { name: 'version', referencedColumnName: 'version' },
  ])
  target!: Relation<ModelVersionEntity>;
}
