import { aLabFolder, Lab, removeFolder } from '../fixtures/lab.js';
import { loopTotals, settledLoop } from '../fixtures/loop.js';

const LOOP = { STREAM_DEMO: 'on', STREAM_RATE: '200', STREAM_TRAIN_SECONDS: '1', STREAM_PORTS: '0,0,0,0' };

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
    const before = await loopTotals(lab);
    await lab.kill();
    lab = await Lab.start(folder, { ...LOOP, STREAM_RATE: '0.1' });
    const { people, normalised, consumed, generations, trainings, scored } = await settledLoop(lab);
    expect([normalised, consumed]).toEqual([people, people]);
    expect([generations >= before.generations, trainings >= before.trainings, scored >= before.scored]).toEqual([
      true,
      true,
      true,
    ]);
  });
});
