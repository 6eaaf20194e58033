import { aPipeline, PipelineLab } from '../../../test/fixtures/pipelines.js';
import { openTestDatabase } from '../../../test/fixtures/postgres.js';
import { PipelineDefinitions } from './pipeline-definitions.js';

describe('the pipelines of a workspace', () => {
  let database: { url: string; close(): Promise<void> };
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  const names = async (pipelines: string[], samples: boolean): Promise<string[]> => {
    const lab = await PipelineLab.open(database.url, { pipelines, samples });
    const found = lab.app.get(PipelineDefinitions).all();
    await lab.close();
    return found.map(({ name }) => name);
  };

  it('has the samples only when they are wanted', async () => {
    const pipelines = [aPipeline('own', { a: {} }), aPipeline('flights', { a: {} }, { sample: true })];
    expect([await names(pipelines, true), await names(pipelines, false)]).toEqual([['flights', 'own'], ['own']]);
  });

  it('may be empty', async () => {
    expect(await names([], true)).toEqual([]);
  });

  it('does not let the process start when a file is wrong, and tells all that is wrong in all files', async () => {
    const pipelines = [
      aPipeline('a', { x: { needs: ['y'] } }),
      aPipeline('b', { x: { uses: 'spec.wrok' } }),
      aPipeline('fine', { x: {} }),
      aPipeline('fine', { x: {} }),
    ];
    const start = PipelineLab.open(database.url, { pipelines });
    await expect(start).rejects.toMatchObject({ code: 'INVALID_PIPELINES' });
    const message = await start.then(String, (error: Error) => error.message);
    expect(message.split('\n')).toEqual([
      'The pipelines of the workspace do not allow a start:',
      expect.stringMatching(
        /^ {2}- .*pipelines\/0\.yaml:6: tasks\.x\.needs\.0: "y" is no task of this pipeline\. Its tasks are x$/,
      ),
      expect.stringMatching(
        /^ {2}- .*pipelines\/1\.yaml:4: tasks\.x\.uses: there is no task "spec\.wrok"\. There are spec\.load, spec\.work$/,
      ),
      expect.stringMatching(/^ {2}- .*pipelines\/3\.yaml:1: name: "fine" is the pipeline of .*pipelines\/2\.yaml already$/),
    ]);
  });
});
