/** Holds back whoever comes while it is shut. */
export class Gate {
  private passage: PromiseWithResolvers<void> | undefined;

  get isShut(): boolean {
    return this.passage !== undefined;
  }

  shut(): void {
    this.passage ??= Promise.withResolvers<void>();
  }

  open(): void {
    this.passage?.resolve();
    this.passage = undefined;
  }

  /** Resolves when it is open, or the signal is aborted. */
  async pass(signal: AbortSignal): Promise<void> {
    if (!this.passage || signal.aborted) return;
    const aborted = Promise.withResolvers<void>();
    const give = (): void => aborted.resolve();
    signal.addEventListener('abort', give, { once: true });
    await Promise.race([this.passage.promise, aborted.promise]);
    signal.removeEventListener('abort', give);
  }
}
