import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { DatasetColumn, SchemaChangeItem } from './dataset.schema.js';

/** PostgreSQL's bigint arrives as text; what we count stays below 2^53. */
const count = { from: Number, to: (value: number) => value };

const maybeCount = {
  from: (value: string | null) => (value === null ? null : Number(value)),
  to: (value: number | null) => value,
};

/** A table of the lake as of its newest version. */
@Entity('datasets')
export class DatasetEntity {
  @PrimaryColumn('text') name!: string;
  @Column('text') layer!: string;
  @Column('text') description!: string;
  @Column('bigint', { transformer: count }) rows!: number;
  @Column('bigint', { transformer: count }) bytes!: number;
  @Column('int') files!: number;
  @Column('bigint', { transformer: count }) version!: number;
  @Column('jsonb') columns!: DatasetColumn[];
  @Column('jsonb') partitions!: string[];
  @Column('jsonb') constraints!: { name: string; condition: string }[];
  @Column('text', { nullable: true }) owner!: string | null;
  @Column('jsonb') tags!: string[];
  @Column('jsonb') keys!: string[];
  @Column('text', { name: 'time_column', nullable: true }) time!: string | null;
  @Column('jsonb') targets!: string[];
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}

/** One commit: where the rows of a version came from. */
@Entity('dataset_versions')
export class DatasetVersionEntity {
  @PrimaryColumn('text') dataset!: string;
  @PrimaryColumn('bigint', { transformer: count }) version!: number;
  @Column('timestamptz', { name: 'committed_at' }) timestamp!: Date;
  @Column('text') operation!: string;
  @Column('bigint', { name: 'rows_added', transformer: count }) rowsAdded!: number;
  @Column('bigint', { name: 'rows_removed', transformer: count }) rowsRemoved!: number;
  @Column('int', { name: 'files_added' }) filesAdded!: number;
  @Column('int', { name: 'files_removed' }) filesRemoved!: number;
  @Column('uuid', { name: 'run_id', nullable: true }) runId!: string | null;
  @Column('jsonb') inputs!: { name: string; version: number | null }[];
}

/** What one expectation found in one build. */
@Entity('quality_results')
export class QualityEntity {
  @PrimaryColumn('bigint', { generated: 'identity' }) id!: string;
  @Column('text') dataset!: string;
  @Column('bigint', { nullable: true, transformer: maybeCount })
  version!: number | null;
  @Column('uuid', { name: 'run_id', nullable: true }) runId!: string | null;
  @Column('text') expectation!: string;
  @Column('jsonb') columns!: string[];
  @Column('text') severity!: 'fail' | 'quarantine' | 'drop' | 'warn';
  @Column('text', { nullable: true }) description!: string | null;
  @Column('text') status!: 'passed' | 'failed';
  @Column('bigint', { name: 'checked_rows', transformer: count }) checkedRows!: number;
  @Column('bigint', { name: 'failed_rows', transformer: count }) failedRows!: number;
  @Column('timestamptz', { name: 'checked_at' }) checkedAt!: Date;
}

/** How the columns of a table, or of what was written into it, were other than before. */
@Entity('schema_changes')
export class SchemaChangeEntity {
  @PrimaryColumn('bigint', { generated: 'identity' }) id!: string;
  @Column('text') dataset!: string;
  @Column('bigint', { transformer: count }) version!: number;
  @Column('uuid', { name: 'run_id', nullable: true }) runId!: string | null;
  @Column('text') change!: SchemaChangeItem['change'];
  @Column('text', { name: 'column_name' }) column!: string;
  @Column('text', { name: 'from_type', nullable: true }) from!: string | null;
  @Column('text', { name: 'to_type', nullable: true }) to!: string | null;
  @Column('timestamptz', { name: 'changed_at' }) changedAt!: Date;
}
