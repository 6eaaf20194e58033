import { isUtf8 } from 'node:buffer';
import { JsonScanner, type JsonShape } from './json-scanner.js';

function scan(text: string, shape: JsonShape = 'auto', pieces = Infinity) {
  const bytes = Buffer.from(text);
  const [rows, rejects]: [[number, string][], [number, string, string][]] = [[], []];
  const sink = {
    row: (window: Buffer, start: number, end: number, line: number) =>
      void rows.push([line, window.toString('utf8', start, end)]),
    reject: (row: Buffer, line: number, { reason }: { reason: string }) => void rejects.push([line, row.toString(), reason]),
  };
  const scanner = new JsonScanner(shape, (part) => !isUtf8(part));
  let [rest, at] = [Buffer.alloc(0), 0];
  while (at < bytes.length) {
    const window = Buffer.concat([rest, bytes.subarray(at, at + pieces)]);
    at += pieces;
    rest = window.subarray(scanner.scan(window, false, sink));
  }
  scanner.scan(rest, true, sink);
  return { rows, rejects };
}

describe('JsonScanner', () => {
  it('takes one object from each line', () => {
    expect(scan('{"a":1}\r\n\n {"a":2} ').rows).toEqual([
      [1, '{"a":1}'],
      [3, '{"a":2}'],
    ]);
  });

  it('takes the elements of one array, on one line each', () => {
    expect(scan('\n[\n{"a": [1,\n "}, {"]},\n{"b":{"c":"\\"]"}}]').rows).toEqual([
      [3, '{"a": [1,  "}, {"]}'],
      [5, '{"b":{"c":"\\"]"}}'],
    ]);
  });

  it.each([
    ['text', 'oops', /^it is no JSON: /],
    ['half an object', '{"a":', /^it is no JSON: /],
    ['a number', '7', /^it is a number, not an object$/],
    ['a list', '[7]', /^it is a list, not an object$/],
    ['null', 'null', /^it is null, not an object$/],
    ['a value that JSON does not have', '{"a":NaN}', /^it is no JSON: /],
  ])('rejects the line with %s and goes on behind it', (_what, line, reason) => {
    const { rows, rejects } = scan(`{"a":1}\n${line}\n{"a":3}\n`);
    expect([rows.map(([at]) => at), rejects]).toEqual([[1, 3], [[2, line, expect.stringMatching(reason)]]]);
  });

  it('says when an array ends before it is closed, and when something stands behind it', () => {
    expect(scan('[{"a":1},').rejects).toEqual([[1, '', 'the text ends before its array does']]);
    expect(scan('[{"a":1}]\n[2]').rejects).toEqual([[2, '[2]', 'it stands behind the end of the array']]);
  });

  it('finds the same wherever the text is cut', () => {
    for (const text of ['{"a":"é\\n"}\n{"b":1\n{"c":[]}\n', '[ {"a":"]é"},\n 7, {"b": {"c":[1,2]}} ]\n']) {
      const whole = scan(text);
      expect(whole.rows).toHaveLength(2);
      for (let pieces = 1; pieces < text.length; pieces++) expect(scan(text, 'auto', pieces)).toEqual(whole);
    }
  });
});
