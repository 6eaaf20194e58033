import { z } from 'zod';
import { parseYaml } from './yaml-file.js';

const Shape = z.strictObject({
  name: z.string(),
  steps: z.array(z.strictObject({ uses: z.string(), times: z.number().max(3).optional() })),
});

const Step = z.union([z.strictObject({ wait: z.number() }), z.strictObject({ say: z.object({ word: z.string() }) })]);
const Either = z.strictObject({ steps: z.array(Step) });

describe('parseYaml', () => {
  it('gives the value in its schema', () => {
    expect(parseYaml('name: a\nsteps: []\n', Shape)).toMatchObject({ ok: true, value: { name: 'a', steps: [] } });
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
        { line: 4, message: expect.stringMatching(/^steps\.0\.times: .*at most 3/) },
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

  it('says what is wrong with the alternative that was meant', () => {
    expect(parseYaml('steps:\n  - wait: 1\n  - say:\n      word: 2\n', Either)).toMatchObject({
      problems: [{ line: 4, message: expect.stringMatching(/^steps\.1\.say\.word: must be text/) }],
    });
  });

  it('does not guess which alternative was meant', () => {
    expect(parseYaml('steps:\n  - sing: 1\n', Either)).toMatchObject({
      problems: [{ line: 2, message: 'steps.0: Invalid input' }],
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

  it('knows the line of a value by its path, or of what is nearest to it', () => {
    const parsed = parseYaml('name: a\nsteps:\n  - uses: b\n  - uses: c\n', Shape, 10);
    const lines = parsed.ok && [['steps', 1], ['steps', 1, 'times'], ['steps', 7], []].map(parsed.lineOf);
    expect(lines).toEqual([13, 13, 11, 10]);
  });
});
