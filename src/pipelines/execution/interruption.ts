/** Why the signal of a run or of one attempt was aborted. Tasks that throw the signal's reason throw this. */
export class Interruption extends Error {
  constructor(
    readonly kind: 'cancelled' | 'stopping' | 'lost' | 'timeout',
    message: string,
  ) {
    super(message);
  }
}
