import type { JsonSchema } from '../topic.types.js';
import { CompiledSchema } from './compiled-schema.js';

const READING = {
  type: 'object',
  properties: { sensor: { type: 'string' }, at: { type: 'string', format: 'date-time' }, celsius: { type: 'number' } },
  required: ['sensor', 'celsius'],
  additionalProperties: false,
};

const flawIn = (value: unknown, schema: JsonSchema | null = READING, lands = false) =>
  CompiledSchema.of(schema, lands).flaw(value);

describe('the schema of a topic', () => {
  it('takes what fits', () => {
    expect(flawIn({ sensor: 'attic', at: '2026-01-31T04:00:00Z', celsius: 31 })).toBeUndefined();
  });

  it.each([
    [{ sensor: 'attic', celsius: 'hot' }, 'celsius: must be number'],
    [{ celsius: 31 }, "must have required property 'sensor'"],
    [{ sensor: 'attic', celsius: 31, at: 'noon' }, 'at: must match format "date-time"'],
    [{ sensor: 'attic', celsius: 31, colour: 1 }, 'must NOT have additional properties: "colour"'],
  ])('says where %j does not fit', (value, flaw) => {
    expect(flawIn(value)).toBe(flaw);
  });

  it('names the way into what is nested', () => {
    const schema = { type: 'object', properties: { rooms: { type: 'array', items: READING } } };
    expect(
      flawIn(
        {
          rooms: [
            { sensor: 'attic', celsius: 31 },
            { sensor: 1, celsius: 31 },
          ],
        },
        schema,
      ),
    ).toBe('rooms.1.sensor: must be string');
  });

  it('reads bytes, and says of those that are no JSON where they are not', () => {
    const schema = CompiledSchema.of(READING, true);
    expect(schema.flawOfBytes(Buffer.from('{"sensor":"attic","celsius":31}'))).toBeUndefined();
    expect(schema.flawOfBytes(Buffer.from('{"sensor":'))).toMatch(/^is not JSON: Unexpected end/);
    expect(schema.flawOfBytes(null)).toBeUndefined();
  });

  it('lets only rows land, which leave its columns alone', () => {
    expect(flawIn([1], null, true)).toMatch(/^must be an object/);
    expect(flawIn({ _offset: 1 }, null, true)).toBe('_offset: is the name of a column that landing adds');
    expect(flawIn({ anything: [1] }, null, true)).toBeUndefined();
    expect(flawIn([1], null)).toBeUndefined();
  });

  it.each([
    [{ typ: 'object' }, /unknown keyword: "typ"/],
    [{ type: 'objekt' }, /allowed values/],
    [{ properties: [1] }, /must be object/],
    [{ $ref: 'https://example.org/other' }, /can't resolve reference/],
    [{ type: 'string', pattern: '(' }, /Unterminated group/],
    [{ type: 'string', format: 'colour' }, /unknown format "colour"/],
    [{ $async: true }, /"\$async" is no keyword/],
    [{ $schema: 'http://json-schema.org/draft-07/schema#' }, /leave it out/],
    [{ description: 'x'.repeat(70_000) }, /longer than 65536/],
  ])('refuses %j', (schema, reason) => {
    expect(() => CompiledSchema.of(schema as JsonSchema, false)).toThrow(reason);
  });

  it('refuses what fits no row, where values become rows', () => {
    expect(() => CompiledSchema.of({ type: 'array' }, true)).toThrow('allows no objects');
    expect(() => CompiledSchema.of({ properties: { _key: {} } }, true)).toThrow('"_key" has the name of a column');
    expect(() => CompiledSchema.of({ properties: 7 }, true)).toThrow('must be object');
    expect(() => CompiledSchema.of({ type: ['object', 'null'] }, true)).not.toThrow();
  });

  it('says of a value that is nested without end that it is nested too deep', () => {
    const schema = { $defs: { list: { type: 'array', items: { $ref: '#/$defs/list' } } }, $ref: '#/$defs/list' };
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
    expect(flawIn(deep, schema)).toBe('is nested too deep');
  });

  it('is done with a pattern that backtracks for ages', () => {
    expect(flawIn(`${'a'.repeat(40)}!`, { type: 'string', pattern: '^(a+)+$' })).toBe('must match pattern "^(a+)+$"');
  });

  it('knows letters of all scripts in a pattern', () => {
    const schema = { type: 'string', pattern: '^\\p{L}+$' };
    expect([flawIn('Évora', schema), flawIn('3', schema)]).toEqual([undefined, 'must match pattern "^\\p{L}+$"']);
  });
});
