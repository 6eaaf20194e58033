/** A table of the lake, and what the catalogue makes of its rows. */
export interface CatalogueTable<Content> {
  readonly name: string;
  /** The columns that it has to have. */
  readonly columns: readonly string[];
  /** Over the table `given`. */
  readonly sql: string;
  /** What stands for a table that is not there yet. */
  readonly nothing: Content;
  /** @param rows cells in the order of the SELECT */
  make(rows: AsyncIterable<readonly unknown[]>): Promise<Content>;
}
