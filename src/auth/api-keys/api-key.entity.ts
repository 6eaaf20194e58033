import { Check, Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type { Role } from '../role.types.js';

@Entity({ name: 'api_keys' })
@Unique('api_keys_name_key', ['name'])
@Unique('api_keys_digest_key', ['digest'])
@Check('api_keys_role_check', `role in ('viewer', 'analyst', 'engineer', 'admin')`)
export class ApiKeyEntity {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'api_keys_pkey' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  /** SHA-256 of the key, which is kept nowhere. */
  @Column({ type: 'bytea' })
  digest!: Buffer;

  @Column({ type: 'text' })
  role!: Role;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  /** To the minute. */
  @Column({ name: 'last_used_at', type: 'timestamptz', nullable: true })
  lastUsedAt!: Date | null;
}
