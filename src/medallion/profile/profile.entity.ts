import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Profile } from './profile.schema.js';

/** The profile of one version of a table: made once, since a version never changes. */
@Entity('dataset_profiles')
export class ProfileEntity {
  @PrimaryColumn('text') dataset!: string;
  @PrimaryColumn('bigint', { transformer: { from: Number, to: (value: number) => value } }) version!: number;
  /** Of the version: a table that was dropped and made anew has the same numbers again. */
  @Column('timestamptz', { name: 'committed_at' }) committedAt!: Date;
  @Column('jsonb') profile!: Profile;
}
