import { aLabFolder, Lab, removeFolder } from '../fixtures/lab.js';

const LOOP = { STREAM_DEMO: 'on', STREAM_RATE: '200', STREAM_TRAIN_SECONDS: '1', STREAM_PORTS: '0,0,0,0' };

interface Totals {
  readonly generations: number;
  readonly normalised: number;
  readonly trainings: number;
  readonly consumed: number;
  readonly scored: number;
}

describe('the learning loop', () => {
  let folder: string;
  let lab: Lab;

  beforeAll(async () => {
    folder = await aLabFolder();
    lab = await Lab.start(folder, LOOP);
  });
  afterAll(async () => {
    await lab?.stop();
    await removeFolder(folder);
  });

  const old = async (part: string, path: string): Promise<unknown> => {
    const [, address] = new RegExp(`The ${part} of the learning loop is at (\\S+)`).exec(lab.printed) ?? [];
    return (await fetch(`${address}${path}`)).json();
  };
  const totals = async (): Promise<Totals> => {
    const ask = async (path: string) => (await lab.call('GET', path)).body;
    return {
      generations: (await ask('/stream/generator/status')).total_geracoes,
      normalised: (await ask('/stream/normalizer/status')).registros_processados,
      trainings: (await ask('/stream/trainer/status')).total_treinamentos,
      consumed: (await ask('/stream/consumer/api/status')).total_consumos,
      scored: (await ask('/api/v1/streams/loop/evaluation')).rows,
    };
  };

  /** A generation that was made twice has the same keys. */
  const made = async (): Promise<number> => {
    const keys = new Set<string>();
    for (let offset = 0; ;) {
      const { body } = await lab.call('GET', `/api/v1/topics/loop.dados/messages?partition=0&offset=${offset}&limit=1000`);
      if (body.items.length === 0) return keys.size;
      for (const { key } of body.items) keys.add(key);
      offset = body.items.at(-1).offset + 1;
    }
  };

  /** Counted before the people are: more than those can only be somebody twice. */
  const settled = async (): Promise<Totals & { readonly people: number }> => {
    for (;;) {
      const counted = await totals();
      const people = await made();
      if (Math.min(counted.normalised, counted.consumed) >= people) return { ...counted, people };
      await new Promise((wait) => setTimeout(wait, 200));
    }
  };

  it('has a model within a minute, which tells a salary from an age without a token', async () => {
    await lab.until('/stream/trainer/status', ({ modelo_disponivel }) => modelo_disponivel, 60_000);
    const { status, body } = await lab.request('POST', '/stream/trainer/predict', { idade: 34 });
    expect([status, body]).toEqual([
      200,
      {
        idade: 34,
        predicao: expect.any(Number),
        timestamp: expect.any(String),
        modelo_id: expect.stringMatching(/^loop_salario:\d+$/),
      },
    ]);
    expect(body.predicao).toBeGreaterThan(3_000);
    expect(body.predicao).toBeLessThan(20_000);
  });

  it.each([{}, { idade: '34' }, { idade: null }, { idade: -1 }, { idade: 120.5 }, '{"idade": 1e999}', '{"idade": NaN}', '{', []])(
    'refuses to predict from %j',
    async (body) => expect((await lab.request('POST', '/stream/trainer/predict', body)).status).toBe(400),
  );

  it('serves each part at the root of its old port as well', async () => {
    expect(await old('generator', '/dados')).toHaveLength(200);
    expect(await old('generator', '/status')).toMatchObject({ status: 'ativo', registros_atuais: 200 });
    expect(await old('normalizer', '/dados_normalizados')).toHaveLength(100);
    expect(await old('trainer', '/status')).toMatchObject({ status: 'ativo', modelo_disponivel: true });
    expect(await old('consumer', '/api/status')).toMatchObject({ status: 'ativo', erros: expect.any(Number) });
    expect(await old('consumer', '/dados')).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
  });

  it('measures its errors, and explains most of what people earn', async () => {
    const { r2, over_time, by_age, residuals } = await lab.until('/api/v1/streams/loop/evaluation', ({ rows }) => rows >= 400);
    expect(r2).toBeGreaterThan(0.6);
    expect([over_time.length > 0, by_age.length, residuals.length > 0]).toEqual([true, 6, true]);
  });

  it('goes on after kill -9 without losing or doubling anybody', async () => {
    const before = await totals();
    await lab.kill();
    lab = await Lab.start(folder, { ...LOOP, STREAM_RATE: '0.1' });
    const after = await totals();
    for (const name of Object.keys(before) as (keyof Totals)[]) expect([name, after[name] >= before[name]]).toEqual([name, true]);
    const { consumed, normalised, people } = await settled();
    expect([normalised, consumed]).toEqual([people, people]);
  });
});
