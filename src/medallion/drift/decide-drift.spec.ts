import type { Column } from '../../engines/sql/sql.port.js';
import type { DriftPolicy } from '../drift.types.js';
import { decideDrift } from './decide-drift.js';

const TABLE: Column[] = [
  { name: 'id', type: 'INTEGER' },
  { name: 'town', type: 'VARCHAR' },
];
const WIDER = ['INTEGER', 'BIGINT'];
const commonType = (table: Column, given: Column): string | undefined => {
  if (table.type === given.type) return table.type;
  if (!WIDER.includes(table.type) || !WIDER.includes(given.type)) return undefined;
  return 'BIGINT';
};
const decide = (columns: Column[], policy: DriftPolicy = 'evolve', table = TABLE) =>
  decideDrift(table, columns, policy, commonType);
const [ID, TOWN] = TABLE;

describe('decideDrift', () => {
  it('changes nothing for a batch with the columns of its table, in any order and case', () => {
    expect(decide([TOWN, { name: 'ID', type: 'INTEGER' }], 'fail')).toEqual({
      changes: [],
      evolve: false,
      select: 'cast("ID" as INTEGER) as "id", cast("town" as VARCHAR) as "town"',
      misfits: [],
    });
  });

  it('takes a narrower number, and a number where text stands, as they are', () => {
    const table: Column[] = [{ name: 'id', type: 'BIGINT' }, TOWN];
    expect(decide([ID, { name: 'town', type: 'INTEGER' }], 'fail', table).changes).toEqual([]);
  });

  it('evolves with new columns and wider types, and fills what is missing', () => {
    expect(
      decide([
        { name: 'id', type: 'BIGINT' },
        { name: 'area', type: 'DOUBLE' },
      ]),
    ).toEqual({
      changes: [
        { change: 'widened', column: 'id', from: 'INTEGER', to: 'BIGINT' },
        { change: 'missing', column: 'town', from: 'VARCHAR', to: null },
        { change: 'added', column: 'area', from: null, to: 'DOUBLE' },
      ],
      evolve: true,
      select: 'cast("id" as BIGINT) as "id", cast(null as VARCHAR) as "town", "area"',
      misfits: [],
    });
  });

  it('sends only the rows to quarantine whose value no type can hold', () => {
    const { evolve, misfits, changes } = decide([{ name: 'id', type: 'VARCHAR' }, TOWN]);
    expect([evolve, changes]).toEqual([false, [{ change: 'incompatible', column: 'id', from: 'INTEGER', to: 'VARCHAR' }]]);
    expect(misfits).toEqual([
      {
        rule: 'drift(id)',
        condition: expect.stringContaining('try_cast("id" as INTEGER)'),
        reason: '"id" is INTEGER in the table and VARCHAR here, and the value does not fit',
      },
    ]);
  });

  it('leaves the table alone under quarantine: what does not fit is kept back', () => {
    const { evolve, misfits } = decide(
      [
        { name: 'id', type: 'BIGINT' },
        { name: 'area', type: 'DOUBLE' },
      ],
      'quarantine',
    );
    expect(evolve).toBe(false);
    expect(misfits.map(({ rule, condition }) => [rule, condition])).toEqual([
      ['drift(id)', expect.stringContaining('"id" is not null and not (')],
      ['drift(town)', 'true'],
      ['drift(area)', '"area" is not null'],
    ]);
  });
});
