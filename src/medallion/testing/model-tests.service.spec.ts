import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openRooms, type Rooms } from '../../../test/fixtures/rooms.js';
import { MedallionModule } from '../medallion.module.js';
import { ModelTestsService } from './model-tests.service.js';

const VIEW = '/*---\nname: silver.large\ndescription: Large\nkind: view\n---*/\nselect * from bronze.houses where area > 10\n';
const BY_DAY = `/*---
name: gold.days
description: By day
kind: incremental_by_time
time: day
intervals: { every: day, start: 2001-01-01 }
---*/
select cast(sold as date) as day, avg(area) as area, count(*) as houses from silver.large
where sold >= @start and sold < @end group by cast(sold as date)
`;

describe('tests of models', () => {
  let rooms: Rooms;
  beforeAll(async () => {
    rooms = await openRooms([MedallionModule], { 'transforms/silver/large.sql': VIEW, 'transforms/gold/days.sql': BY_DAY });
    await mkdir(join(rooms.workspace, 'tests'));
  });
  afterAll(() => rooms.close());

  const run = async (text: string, models?: string[]) => {
    await writeFile(join(rooms.workspace, 'tests/some.yaml'), text);
    return rooms.module.get(ModelTestsService).run({ models });
  };
  const houses = (expected: string, given = '{ id: 1, area: 50, town: Porto, price: 1.5 }'): string =>
    `model: silver.houses\ntests:\n  - name: some\n    given:\n      bronze.houses:\n        - ${given}\n    expect: ${expected}\n`;

  it('pass when the rows that come out are those that are expected, in any order and without those that a rule drops', async () => {
    const given =
      '{ id: 2, area: 50, town: Porto, price: 1.5 }\n        - { id: 1, area: 40, town: Évora, price: 2 }\n        - { id: 3, area: 0 }';
    const report = await run(houses('[{ id: 1, town: Évora }, { id: 2, town: Porto }]', given));
    expect(report).toMatchObject({ passed: 1, failed: 0, tests: [{ file: 'tests/some.yaml:3', status: 'passed' }] });
  });

  it('fail with the rows that are missing and those that nobody expected', async () => {
    const { tests } = await run(houses('[{ id: 1, price: 2.5 }]'));
    expect(tests).toEqual([
      {
        ...{ model: 'silver.houses', name: 'some', file: 'tests/some.yaml:3', status: 'failed', message: null },
        missing: [{ id: 1, price: 2.5 }],
        unexpected: [{ id: 1, price: 1.5 }],
      },
    ]);
  });

  it('count a row that comes out twice as two', async () => {
    const view = houses('[{ id: 1 }]', '{ id: 1, area: 50 }\n        - { id: 1, area: 50 }').replace(
      'silver.houses',
      'silver.large',
    );
    expect((await run(view)).tests[0]).toMatchObject({ missing: [], unexpected: [{ id: 1 }] });
  });

  it('run a model for an interval, on the views that it reads, with rows of declared types', async () => {
    const report = await run(`model: gold.days
tests:
  - name: leaves out other days
    interval: { start: 2001-01-01, end: 2001-01-02 }
    given:
      bronze.houses:
        types: { sold: TIMESTAMPTZ }
        rows:
          - { sold: 2001-01-01T23:59:59Z, area: 0.1 }
          - { sold: 2001-01-01T10:00:00Z, area: 20.1 }
          - { sold: 2001-01-01T10:00:00Z, area: 20.2 }
          - { sold: 2001-01-02T00:00:00Z, area: 20 }
    expect:
      - { day: 2001-01-01, area: 20.15, houses: 2 }
  - name: has no rows without any
    interval: { start: 2001-01-01, end: 2001-01-02 }
    given:
      silver.large: { types: { sold: TIMESTAMPTZ, area: DOUBLE }, rows: [] }
    expect: []
`);
    expect(report).toMatchObject({ passed: 2, failed: 0 });
  });

  it.each([
    [
      'a table that the model does not read',
      houses('[]').replace('bronze.houses', 'bronze.castles'),
      /castles" is given|"bronze\.houses" is read/,
    ],
    [
      'a column that the model has not',
      houses('[{ colour: red }]'),
      /tests\/some\.yaml:3: "some": the model has no column "colour"/,
    ],
    [
      'a model that is not there',
      houses('[]').replace('silver.houses', 'silver.castles'),
      /There is no SQL model "silver\.castles"/,
    ],
    ['given rows that the SELECT does not fit', houses('[]', '{ id: 1 }'), /houses\.sql.* cannot be built: .*"?area/],
    ['no interval', houses('[]').replace('silver.houses', 'gold.days'), /say interval: \{ start, end \}/],
  ])('fail with a sentence for %s', async (_what, text, message) => {
    const { tests } = await run(text);
    expect(tests).toMatchObject([{ status: 'failed', message: expect.stringMatching(message) as string }]);
  });

  it('are refused with file and line when they are none', async () => {
    await expect(run('model: silver.houses\ntests:\n  - name: some\n    expects: []\n')).rejects.toThrow(
      /tests\/some\.yaml:[34]: .*(expects|expect)/,
    );
    await expect(run(houses('[]'), ['gold.castles'])).rejects.toThrow('There is no SQL model "gold.castles"');
  });
});
