import { z } from 'zod';
import { parseYaml } from './yaml-file.js';

const Shape = z.strictObject({
  name: z.string(),
  steps: z.array(z.strictObject({ uses: z.string(), times: z.number().max(3).optional() })),
});

describe('parseYaml', () => {
  it('gives the value in its schema', () => {
    expect(parseYaml('name: a\nsteps: []\n', Shape)).toEqual({ ok: true, value: { name: 'a', steps: [] } });
  });

  it('says on which line the YAML breaks', () => {
    expect(parseYaml('name: a\nsteps: [\n', Shape)).toMatchObject({ ok: false, problems: [{ line: expect.any(Number) }] });
  });

  it('names the line and the path of every value that does not fit', () => {
    const result = parseYaml('name: 1\nsteps:\n  - uses: x\n    times: 9\n', Shape);
    expect(result).toMatchObject({
      ok: false,
      problems: [
        { line: 1, message: expect.stringMatching(/^name: /) },
        { line: 4, message: expect.stringMatching(/^steps\.0\.times: .*<=3/) },
      ],
    });
  });

  it('points at a key that nobody knows', () => {
    expect(parseYaml('name: a\nsteps:\n  - uses: x\n    using: y\n', Shape)).toMatchObject({
      problems: [{ line: 4, message: expect.stringContaining('"using"') }],
    });
  });

  it('points at the object in which something is missing', () => {
    expect(parseYaml('name: a\nsteps:\n  - times: 1\n', Shape)).toMatchObject({
      problems: [{ line: 3, message: expect.stringMatching(/^steps\.0\.uses/) }],
    });
  });

  it('refuses aliases that would fill the memory', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefgh'.split('').map((name, index) => `${name}: &${name} [${`*${'abcdefg'[index]}, `.repeat(9)}]`),
    ];
    expect(parseYaml(bomb.join('\n'), Shape)).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('alias') }],
    });
  });

  it('counts lines from where the text begins in its file', () => {
    expect(parseYaml('name: 1\nsteps: []', Shape, 10)).toMatchObject({ problems: [{ line: 10 }] });
  });
});
