import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { httpAdapter, setUpHttp } from '../../http/http-server.js';
import { SentimentController } from './sentiment.controller.js';

describe('POST /api/v1/ml/sentiment', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    const module = await Test.createTestingModule({ controllers: [SentimentController] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(httpAdapter(), { logger: false });
    setUpHttp(app);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app.close());

  const post = (payload: string | object) =>
    app.inject({
      ...{ method: 'POST', url: '/api/v1/ml/sentiment', headers: { 'content-type': 'application/json' } },
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    });

  it('judges one text', async () => {
    const answer = await post({ description: 'VADER is smart, handsome, and funny.' });
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { sentiment: 'positive', compound: 0.8316, positive: 0.746, neutral: 0.254, negative: 0 },
    ]);
  });

  it('judges several, in their order', async () => {
    const answer = await post({ descriptions: ['A grim, hopeless tale', 'A book of 200 pages', 'Not bad at all'] });
    expect(answer.json<{ sentiment: string }[]>().map(({ sentiment }) => sentiment)).toEqual(['negative', 'neutral', 'positive']);
    expect((await post({ descriptions: [] })).json()).toEqual([]);
  });

  it.each(['constructor', '__proto__ hasOwnProperty', '📚', '!!!', '<script>'])('takes %s for what it is, text', async (text) => {
    expect((await post({ description: text })).json()).toMatchObject({ sentiment: 'neutral', compound: 0 });
  });

  it.each<[what: string, payload: string | object, field: string]>([
    ['neither', {}, 'description'],
    ['both', { description: 'good', descriptions: ['good'] }, 'description'],
    ['a blank text', { description: ' \n' }, 'description'],
    ['a blank one among several', { descriptions: ['good', ''] }, 'descriptions.1'],
    ['a number', { description: 7 }, 'description'],
    ['null', { description: null }, 'description'],
    ['a text in place of several', { descriptions: 'good' }, 'descriptions'],
    ['a text that is too long', { description: 'a'.repeat(10_001) }, 'description'],
    ['too many texts', { descriptions: Array<string>(1_001).fill('good') }, 'descriptions'],
    ['too many characters in all', { descriptions: Array<string>(101).fill('a'.repeat(10_000)) }, 'descriptions'],
    ['an array', ['good'], ''],
    ['a bare text', '"good"', ''],
  ])('refuses %s', async (_what, payload, path) => {
    const answer = await post(payload);
    expect([answer.statusCode, answer.json<{ errors: { path: string }[] }>().errors[0].path]).toEqual([400, path]);
  });

  it('refuses what is no JSON', async () => expect((await post('{"description":')).statusCode).toBe(400));

  it('refuses no body at all', async () => {
    const answer = await app.inject({ method: 'POST', url: '/api/v1/ml/sentiment' });
    expect(answer.statusCode).toBe(400);
  });
});
