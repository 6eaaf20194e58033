import { Body, Controller, Get, Header, Ip, Module, Param, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { httpAdapter, setUpHttp } from './http-server.js';

@Controller('things')
class ThingsController {
  @Get('from')
  from(@Ip() address: string): { address: string } {
    return { address };
  }

  @Get('stored')
  stored(): never {
    throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
  }

  @Get('page')
  @Header('content-type', 'text/html')
  page(): string {
    return '<h1>Things</h1>';
  }

  @Get(':name')
  length(@Param('name') name: string): { length: number } {
    return { length: name.length };
  }

  @Post()
  keep(@Body() thing: object): object {
    return thing;
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

describe('the HTTP server', () => {
  let app: NestFastifyApplication;
  const serve = async (trustProxy?: string[]): Promise<NestFastifyApplication> => {
    const module = await Test.createTestingModule({ imports: [ThingsModule] }).compile();
    const served = module.createNestApplication<NestFastifyApplication>(httpAdapter({ bodyLimitBytes: 100, trustProxy }), {
      logger: false,
    });
    setUpHttp(served);
    return served.init();
  };
  beforeAll(async () => {
    app = await serve();
  });
  afterAll(() => app.close());

  it('says of an address that nobody can read what is wrong with it', async () => {
    const answer = await app.inject({ method: 'GET', url: '/things/%E0%A4%A' });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({ code: 'INVALID_REQUEST', instance: '/things/%E0%A4%A' });
    expect(answer.headers['x-request-id']).toBe(answer.json<{ request_id: string }>().request_id);
  });

  it.each([
    ['run an answer, or show it in a frame', 'a', 'DENY', "default-src 'none'"],
    ['run in a page what does not come from here', 'page', 'SAMEORIGIN', "default-src 'self'"],
  ])('forbids a browser to %s', async (_what, path, frames, policy) => {
    const { headers } = await app.inject({ method: 'GET', url: `/things/${path}` });
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': frames,
      'content-security-policy': expect.stringContaining(`${policy};`),
    });
  });

  it('names the limit to a body that is beyond it', async () => {
    const answer = await app.inject({ method: 'POST', url: '/things', payload: { text: 'a'.repeat(100) } });
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'BODY_TOO_LARGE']);
    expect(answer.json().detail).toContain('100 bytes are allowed here (BODY_LIMIT_MB)');
  });

  it('says that an engine is away, without its address', async () => {
    const answer = await app.inject({ method: 'GET', url: '/things/stored' });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'ENGINE_AWAY', detail: expect.not.stringContaining('5432') });
  });

  it.each([
    ['nobody, unless told', undefined, '10.0.0.9'],
    ['a proxy of its own', ['10.0.0.0/8'], '203.0.113.7'],
    ['no other', ['192.168.0.0/16'], '10.0.0.9'],
  ])('believes of the address of a client %s', async (_whom, trusted, address) => {
    const server = await serve(trusted);
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    const answer = await server.inject({ method: 'GET', url: '/things/from', headers, remoteAddress: '10.0.0.9' });
    await server.close();
    expect(answer.json()).toEqual({ address });
  });

  it('hands a long name to its room', async () => {
    const answer = await app.inject({ method: 'GET', url: `/things/${'a'.repeat(5000)}` });
    expect(answer.json()).toEqual({ length: 5000 });
  });
});
