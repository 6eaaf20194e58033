import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { Role } from '../role.types.js';

@Entity({ name: 'users' })
@Index('users_username_key', { synchronize: false }) // unique on lower(username), which decorators cannot say
@Check('users_role_check', `role in ('viewer', 'analyst', 'engineer', 'admin')`)
export class UserEntity {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'users_pkey' })
  id!: string;

  /** As it was given; upper and lower case are the same name. */
  @Column({ type: 'text' })
  username!: string;

  @Column({ type: 'text' })
  role!: Role;

  /** Argon2id in the PHC form, salt and costs included. */
  @Column({ name: 'password_hash', type: 'text' })
  passwordHash!: string;

  @Column({ type: 'boolean', default: false })
  blocked!: boolean;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' })
  updatedAt!: Date;
}
