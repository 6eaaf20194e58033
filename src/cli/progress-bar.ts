const WIDTH = 30;
const ERASE_LINE = '\r\u001b[2K';

/** What is under way, on one line that is written again; where nobody watches, nothing. */
export class ProgressBar {
  private shown = false;

  constructor(private readonly terminal: { readonly isTTY?: boolean; write(text: string): unknown }) {}

  show(share: number, message: string): void {
    if (!this.terminal.isTTY) return;
    this.shown = true;
    this.terminal.write(`${ERASE_LINE}${bar(share)} ${message}`);
  }

  clear(): void {
    if (this.shown) this.terminal.write(ERASE_LINE);
    this.shown = false;
  }
}

/** @param share 0 to 1 */
export function bar(share: number): string {
  const full = Math.round(Math.min(Math.max(share, 0), 1) * WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${String(Math.round(share * 100)).padStart(3)} %`;
}
