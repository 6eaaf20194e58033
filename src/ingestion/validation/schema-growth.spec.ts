import { beyondGrowth } from './schema-growth.js';

const schema = (overrides: object = {}) => ({
  type: 'object',
  properties: { sensor: { type: 'string' }, rooms: { type: 'array', items: { type: 'object', properties: {} } } },
  required: ['sensor'],
  ...overrides,
});
const pathsBeyond = (after: unknown, before: unknown = schema()) => beyondGrowth(before, after).map(({ path }) => path);

describe('the growth of a schema', () => {
  it('may add optional fields, at any depth, and change what is said of them', () => {
    const rooms = { type: 'array', description: 'All', items: { type: 'object', properties: { floor: { type: 'integer' } } } };
    const grown = schema({ title: 'A reading', properties: { ...schema().properties, rooms, note: { type: 'string' } } });
    expect(pathsBeyond(grown)).toEqual([]);
  });

  it('takes required fields in any order', () => {
    expect(pathsBeyond(schema({ required: ['b', 'a'] }), schema({ required: ['a', 'b'] }))).toEqual([]);
  });

  it.each([
    ['a field that goes', schema({ properties: { sensor: { type: 'string' } } }), 'schema.properties.rooms'],
    [
      'a field of another type',
      schema({ properties: { ...schema().properties, sensor: { type: 'integer' } } }),
      'schema.properties.sensor.type',
    ],
    ['a field that is required', schema({ required: ['sensor', 'rooms'] }), 'schema.required'],
    ['a field that is required no more', schema({ required: [] }), 'schema.required'],
    ['a further rule', schema({ additionalProperties: false }), 'schema.additionalProperties'],
    ['no schema', null, 'schema'],
  ])('is not %s', (_what, after, path) => {
    expect(pathsBeyond(after)).toEqual([path]);
  });
});
