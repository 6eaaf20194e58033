import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import { type LabConfig, readConfig } from './config/lab-config.js';
import { LabError } from './errors/lab-error.js';
import { Drain } from './http/drain.js';
import { httpAdapter, setUpHttp } from './http/http-server.js';
import { freePortOrFail } from './http/listening-port.js';
import { limitRates } from './http/rate-limit.js';
import { setUpSwagger } from './http/swagger.js';
import { LoopPorts } from './streaming/loop/loop-ports.js';
import { StartLogger } from './telemetry/start-logger.js';

/** How long requests in progress may take to end. */
const REQUESTS_MS = 20_000;
/** How long all that is in progress may take to stop before the process goes anyway. */
const DRAIN_MS = 60_000;
/**
 * Files, passwords and names are read by the same threads that wait for a query of the SQL engine: with the four that
 * there would be, four long queries hold up every login.
 */
const POOL_THREADS = '64';

async function start(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  process.env.UV_THREADPOOL_SIZE ||= POOL_THREADS;
  const config = readConfig(process.env);
  await freePortOrFail(config);
  await LoopPorts.assertFree(config);
  const running = stopOnSignals(config);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config), httpAdapter(config), {
    logger: new StartLogger(),
    bufferLogs: true,
    abortOnError: false,
  });
  const logger = app.get(Logger);
  app.useLogger(logger);
  running(app, logger);
  setUpHttp(app);
  await limitRates(app.getHttpAdapter().getInstance(), config.openRateLimit);
  setUpSwagger(app);
  await app.listen(config.port, config.host);
  await app.get(LoopPorts).open();
  logger.log(welcome(config, await app.getUrl()));
}

/**
 * The first signal drains: requests, then tasks, the database last. A second one does not wait.
 * @returns to be told what runs; before that a signal ends the process at once
 */
function stopOnSignals({ shutdownDelayMs }: LabConfig): (app: NestFastifyApplication, logger: Logger) => void {
  let drain: (() => Promise<void>) | undefined;
  const stop = async (): Promise<void> => {
    if (!drain) process.exit(130);
    const draining = drain();
    drain = undefined;
    setTimeout(() => process.exit(1), shutdownDelayMs + DRAIN_MS).unref();
    await draining;
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
  return (app, logger) => {
    drain = async () => {
      logger.log('Draining, then stopping. Once more to stop at once');
      await app.get(Drain).requests(shutdownDelayMs, REQUESTS_MS);
      await app.close();
      logger.log('Stopped');
    };
  };
}

function welcome({ environment, adminPassword }: LabConfig, url: string): string {
  const login = environment === 'production' || adminPassword ? 'admin and ADMIN_PASSWORD' : 'admin / admin';
  return [
    `DataFlow Lab is ready at ${url}`,
    `  Swagger UI  ${url}/docs`,
    `  health      ${url}/health`,
    `  metrics     ${url}/metrics`,
    `  log in as   ${login}`,
  ].join('\n');
}

start().catch((error: unknown) => {
  process.stderr.write(
    error instanceof LabError ? `\n${error.message}\n\n` : `${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
});
