import { Column, Entity, PrimaryColumn } from 'typeorm';

const count = { from: Number, to: (value: number) => value };

/** Which version of a dataset stands in the warehouse. Written in the transaction that puts it there. */
@Entity('published_tables')
export class PublishedTableEntity {
  @PrimaryColumn('text') dataset!: string;
  @Column('bigint', { transformer: count }) version!: number;
  /** Of the version: a table that was dropped and made anew has the same numbers again. */
  @Column('timestamptz', { name: 'committed_at' }) committedAt!: Date;
  /** Names columns, key and indexes. */
  @Column('text') definition!: string;
  @Column('text') mode!: 'replace' | 'merge';
  @Column('bigint', { transformer: count }) rows!: number;
  @Column('uuid', { name: 'run_id', nullable: true }) runId!: string | null;
  @Column('timestamptz', { name: 'published_at' }) publishedAt!: Date;
}
