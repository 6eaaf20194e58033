import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { JsonSchema } from '../topic.types.js';

/** PostgreSQL's bigint arrives as text; what we count stays below 2^53. */
const maybeCount = {
  from: (value: string | null) => (value === null ? null : Number(value)),
  to: (value: number | null) => value,
};

/** What the message log does not know of a topic. */
@Entity('topics')
export class TopicEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') name!: string;
  /** Two topics never land in one table. */
  @Column('text', { name: 'landing_table' }) landingTable!: string;
  @Column('int') partitions!: number;
  /** As it was written: the order of its fields is that of columns. */
  @Column('json', { nullable: true }) schema!: JsonSchema | null;
  @Column('int', { name: 'schema_version' }) schemaVersion!: number;
  @Column('double precision', { name: 'retention_hours', nullable: true }) retentionHours!: number | null;
  @Column('bigint', { name: 'retention_bytes', nullable: true, transformer: maybeCount }) retentionBytes!: number | null;
  @Column('boolean') land!: boolean;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'changed_at' }) changedAt!: Date;
}
