import { Controller, Get, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { httpAdapter, setUpHttp } from './http-server.js';
import { limitRates, RateLimited } from './rate-limit.js';

@Controller()
class Shop {
  @Get('first')
  @RateLimited()
  first(): string {
    return 'first';
  }

  @Get('second')
  @RateLimited()
  second(): string {
    return 'second';
  }

  @Post('letter')
  @RateLimited()
  take(): string {
    return 'taken';
  }

  @Get('free')
  free(): string {
    return 'free';
  }
}

describe('the limit of open routes', () => {
  let app: NestFastifyApplication;

  const open = async (perMinute: number): Promise<void> => {
    const module = await Test.createTestingModule({ controllers: [Shop] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(httpAdapter(), { logger: false });
    setUpHttp(app);
    await limitRates(app.getHttpAdapter().getInstance(), perMinute);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  };
  const get = (url: string, remoteAddress = '192.0.2.1') => app.inject({ method: 'GET', url, remoteAddress });
  const inTurn = async (requests: readonly (readonly [url: string, address?: string])[]): Promise<number[]> => {
    const found: number[] = [];
    for (const request of requests) found.push((await get(...request)).statusCode);
    return found;
  };
  const statuses = (urls: readonly string[]): Promise<number[]> => inTurn(urls.map((url) => [url]));
  afterEach(() => app.close());

  it('counts all of them together, and nothing else', async () => {
    await open(3);
    expect(await statuses(['/first', '/second', '/free', '/first', '/second', '/first', '/free'])).toEqual([
      200, 200, 200, 200, 429, 429, 200,
    ]);
  });

  it('says when to come back, as a problem with the usual headers', async () => {
    await open(1);
    expect((await get('/first')).headers).not.toHaveProperty('x-ratelimit-limit');
    const { statusCode, headers, ...answer } = await get('/first');
    expect(statusCode).toBe(429);
    expect(headers['content-type']).toMatch('application/problem+json');
    expect(headers['x-request-id']).toEqual(expect.any(String));
    expect(headers['x-content-type-options']).toBe('nosniff');
    const seconds = Number(headers['retry-after']);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(answer.json()).toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      detail: `One address has 1 requests a minute here (OPEN_RATE_LIMIT). Come back in ${seconds} s.`,
    });
  });

  it('counts each address by itself, and one network of IPv6 as one', async () => {
    await open(1);
    const addresses = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2'];
    expect(await inTurn(addresses.map((address) => ['/first', address]))).toEqual([200, 200, 200, 429]);
  });

  it('takes no large body, whether requests are counted or not', async () => {
    await open(0);
    const send = async (bytes: number) =>
      app.inject({
        method: 'POST',
        url: '/letter',
        headers: { 'content-type': 'application/json' },
        payload: `"${'a'.repeat(bytes)}"`,
      });
    expect((await send(4_000_000)).statusCode).toBe(201);
    const refused = await send(5_000_000);
    expect([refused.statusCode, refused.json()]).toEqual([
      413,
      expect.objectContaining({ code: 'BODY_TOO_LARGE', detail: expect.stringMatching(/4194304 bytes are allowed here$/) }),
    ]);
  });

  it('is not there when it is 0', async () => {
    await open(0);
    expect(await statuses(Array.from({ length: 30 }, () => '/first'))).toEqual(Array.from({ length: 30 }, () => 200));
  });
});
