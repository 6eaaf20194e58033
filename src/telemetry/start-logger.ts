import { ConsoleLogger } from '@nestjs/common';

/**
 * Speaks only when the process cannot start, before there is a log. The framework prints the failure with its stack;
 * the one who started the process is told it in a sentence instead, by `main`.
 */
export class StartLogger extends ConsoleLogger {
  constructor() {
    super({ logLevels: ['fatal', 'error', 'warn'] });
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== 'ExceptionHandler') super.error(message, ...rest);
  }
}
