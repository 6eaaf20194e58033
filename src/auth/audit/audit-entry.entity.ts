import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** A request that changed something, or that was refused. */
@Entity({ name: 'audit_log' })
@Index('audit_log_by_time', ['at'])
export class AuditEntryEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS', primaryKeyConstraintName: 'audit_log_pkey' })
  id!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  /** Null for nobody: no valid token came. */
  @Column({ type: 'text', nullable: true })
  username!: string | null;

  @Column({ type: 'text' })
  method!: string;

  /** As declared: `/api/v1/users/:username`. */
  @Column({ type: 'text' })
  route!: string;

  /** As called, without the query. */
  @Column({ type: 'text' })
  path!: string;

  @Column({ type: 'smallint' })
  status!: number;

  @Column({ name: 'request_id', type: 'text' })
  requestId!: string;

  @Column({ type: 'text' })
  address!: string;
}
