import { Body, Controller, Get, Module, Param, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { httpAdapter, setUpHttp } from './http-server.js';

@Controller('things')
class ThingsController {
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
  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [ThingsModule] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(httpAdapter(100), { logger: false });
    setUpHttp(app);
    await app.init();
  });
  afterAll(() => app.close());

  it('says of an address that nobody can read what is wrong with it', async () => {
    const answer = await app.inject({ method: 'GET', url: '/things/%E0%A4%A' });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({ code: 'INVALID_REQUEST', instance: '/things/%E0%A4%A' });
    expect(answer.headers['x-request-id']).toBe(answer.json<{ request_id: string }>().request_id);
  });

  it('forbids a browser to take an answer for something else', async () => {
    const { headers } = await app.inject({ method: 'GET', url: '/things/a' });
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'content-security-policy': expect.stringContaining("default-src 'self';"),
    });
  });

  it('names the limit to a body that is beyond it', async () => {
    const answer = await app.inject({ method: 'POST', url: '/things', payload: { text: 'a'.repeat(100) } });
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'BODY_TOO_LARGE']);
    expect(answer.json().detail).toContain('100 bytes are allowed (BODY_LIMIT_MB)');
  });

  it('hands a long name to its room', async () => {
    const answer = await app.inject({ method: 'GET', url: `/things/${'a'.repeat(5000)}` });
    expect(answer.json()).toEqual({ length: 5000 });
  });
});
