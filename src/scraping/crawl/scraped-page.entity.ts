import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A page as it was received last. */
@Entity('scraped_pages')
@Index('scraped_pages_by_change', ['changedIn'])
export class ScrapedPageEntity {
  @PrimaryColumn('text') url!: string;
  /** Where it was found when the server led elsewhere from its URL. */
  @Column('text', { nullable: true }) address!: string | null;
  @Column('text') site!: string;
  @Column('bytea') body!: Buffer;
  @Column('text', { name: 'content_type' }) contentType!: string;
  @Column('text', { nullable: true }) etag!: string | null;
  @Column('text', { name: 'last_modified', nullable: true }) lastModified!: string | null;
  @Column('timestamptz', { name: 'fetched_at' }) fetchedAt!: Date;
  /** The run that received these bytes. */
  @Column('uuid', { name: 'changed_in' }) changedIn!: string;
  /** The run that asked for it last: to a run that was interrupted such a page is done. */
  @Column('uuid', { name: 'seen_in' }) seenIn!: string;
}
