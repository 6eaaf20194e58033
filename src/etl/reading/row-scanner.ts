/** Where a scanner puts what it finds. Lines count from 1, in the text as it was received. */
export interface RowSink {
  /** A whole row, without the end of its line. */
  row(text: Buffer, start: number, end: number, line: number): void;
  /** @param rule a short word for the kind of mistake */
  reject(text: Buffer, line: number, mistake: Mistake): void;
}

export interface Mistake {
  readonly rule: 'encoding' | 'fields' | 'json' | 'length' | 'quotes' | 'text';
  readonly reason: string;
}

/** Takes rows out of a text that comes in pieces. */
export interface RowScanner {
  /**
   * Finds the whole rows of a window.
   * @param last whether nothing comes behind this window
   * @returns how many bytes were used; the others come again at the beginning of the next window
   */
  scan(window: Buffer, last: boolean, sink: RowSink): number;
}

/** The place of one byte in a window, remembered as long as it lies ahead: a text without quotes is searched once. */
export class NextByte {
  private found = -2;

  constructor(
    private readonly window: Buffer,
    private readonly byte: number | undefined,
  ) {}

  /** @returns the first place at or behind `at`; the length of the window when there is none */
  from(at: number): number {
    if (this.found < at) {
      const place = this.byte === undefined ? -1 : this.window.indexOf(this.byte, at);
      this.found = place < 0 ? this.window.length : place;
    }
    return this.found;
  }
}
