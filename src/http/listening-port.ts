import { createServer } from 'node:net';
import type { LabConfig } from '../config/lab-config.js';
import { LabError } from '../errors/lab-error.js';

export class PortInUseError extends LabError {
  readonly code = 'PORT_IN_USE';
  readonly status = 500;

  constructor(host: string, port: number) {
    super(
      `Port ${port} on ${host} is taken by another process. Stop that one, or start with another: PORT=${port + 1} npm start`,
    );
  }
}

export class CannotListenError extends LabError {
  readonly code = 'CANNOT_LISTEN';
  readonly status = 500;

  constructor(host: string, port: number, reason: string) {
    super(`Cannot listen on ${host}, port ${port}: ${reason}. Change HOST or PORT.`);
  }
}

/**
 * Takes the port and lets it go again, so that one in use is told before anything else has begun.
 * @throws {PortInUseError | CannotListenError}
 */
export function freePortOrFail({ host, port }: Pick<LabConfig, 'host' | 'port'>): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortInUseError(host, port) : new CannotListenError(host, port, error.message)),
    );
    server.listen(port, host, () => server.close(() => resolve()));
  });
}
