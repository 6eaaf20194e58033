import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { Body, Controller, Get, Module, Post, ServiceUnavailableException } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { PinoLogger } from 'nestjs-pino';
import { pino } from 'pino';
import { logContext } from './log-context.js';
import { RequestLog } from './request-log.js';

const lines: Record<string, unknown>[] = [];
const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
const log = pino({ level: 'info', mixin: logContext }, destination);

/** The package has one log for the process, that of whoever asked first: here it is ours. */
class LinesLogger extends PinoLogger {
  override get logger(): typeof log {
    return log;
  }
}

@Controller('things')
class ThingsController {
  constructor(private readonly logger: PinoLogger) {}

  @Get('away')
  away(): never {
    throw new ServiceUnavailableException();
  }

  @Post()
  async keep(@Body() thing: { name: string }): Promise<void> {
    await setImmediate();
    this.logger.info(`keeps ${thing.name}`);
  }
}

@Module({
  controllers: [ThingsController],
  providers: [RequestLog, { provide: PinoLogger, useValue: new LinesLogger({}) }],
})
class ThingsModule {}

describe('RequestLog', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [ThingsModule] }).compile();
    const adapter = new FastifyAdapter({ genReqId: ({ headers }: IncomingMessage) => String(headers['x-request-id']) });
    app = await module.createNestApplication<NestFastifyApplication>(adapter, { logger: false }).init();
  });
  beforeEach(() => lines.splice(0));
  afterAll(() => app.close());

  const post = (name: string) =>
    app.inject({ method: 'POST', url: '/things', payload: { name }, headers: { 'x-request-id': `of-${name}` } });

  it('puts the id of its request into each line, also of requests at the same time', async () => {
    await Promise.all([post('a'), post('b')]);
    expect(lines).toEqual([
      expect.objectContaining({ msg: 'keeps a', request_id: 'of-a' }),
      expect.objectContaining({ msg: 'keeps b', request_id: 'of-b' }),
    ]);
  });

  it('puts none where there is no request', () => {
    app.get(PinoLogger).info('comes round');
    expect(lines).toEqual([expect.not.objectContaining({ request_id: expect.anything() })]);
  });

  it('tells of an answer that failed', async () => {
    await app.inject({ method: 'GET', url: '/things/away', headers: { 'x-request-id': 'r1' } });
    expect(lines).toEqual([
      expect.objectContaining({
        level: 50,
        request_id: 'r1',
        msg: expect.stringMatching(/^GET \/things\/away 503 in \d+ ms$/),
      }),
    ]);
  });

  it('tells of every answer to who looks closely', async () => {
    log.level = 'debug';
    await post('c');
    log.level = 'info';
    expect(lines.map(({ level, msg }) => [level, String(msg).replace(/\d+ ms/, '')])).toEqual([
      [30, 'keeps c'],
      [20, 'POST /things 201 in '],
    ]);
  });
});
