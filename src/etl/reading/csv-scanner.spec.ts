import { isUtf8 } from 'node:buffer';
import { fieldsOf } from './csv-record.js';
import { CSV_ROW_BYTES, type CsvScan, CsvScanner } from './csv-scanner.js';

const COMMA: CsvScan = { delimiter: 0x2c, quote: 0x22, escape: 0x22, skip: 0, header: false };

interface Found {
  readonly rows: readonly [line: number, text: string][];
  readonly rejects: readonly [line: number, text: string, rule: string][];
  readonly reasons: readonly string[];
}

/** @param pieces how many bytes of the text come at a time */
function scan(text: string | Buffer, overrides: Partial<CsvScan> = {}, pieces = Infinity): Found & { scanner: CsvScanner } {
  const bytes = Buffer.from(text);
  const [rows, rejects, reasons]: [[number, string][], [number, string, string][], string[]] = [[], [], []];
  const sink = {
    row: (window: Buffer, start: number, end: number, line: number) =>
      void rows.push([line, window.toString('utf8', start, end)]),
    reject: (row: Buffer, line: number, { rule, reason }: { rule: string; reason: string }) => {
      rejects.push([line, row.toString(), rule]);
      reasons.push(reason);
    },
  };
  const scanner = new CsvScanner({ ...COMMA, ...overrides }, (part) => !isUtf8(part));
  let [rest, at] = [Buffer.alloc(0), 0];
  while (at < bytes.length) {
    const window = Buffer.concat([rest, bytes.subarray(at, at + pieces)]);
    at += pieces;
    rest = window.subarray(scanner.scan(window, false, sink));
  }
  scanner.scan(rest, true, sink);
  return { rows, rejects, reasons, scanner };
}

describe('CsvScanner', () => {
  it('gives each row with its line, whatever ends the lines', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const { rows, rejects } = scan(['a,b', '1,"x, y"', '', '2,'].join(end));
      expect([rows, rejects]).toEqual([[[1, 'a,b'], [2, '1,"x, y"'], [4, '2,']], []]); // prettier-ignore
    }
  });

  it('counts the lines inside of quotes', () => {
    expect(scan('1,"a\nb\n""c"""\n2,x\n').rows).toEqual([
      [1, '1,"a\nb\n""c"""'],
      [4, '2,x'],
    ]);
  });

  it.each([
    ['too few fields', '1,2\n3\n4,5\n', '3', 'fields', 'it has 1 field where 2 belong'],
    ['too many fields', '1,2\n3,4,5\n4,5\n', '3,4,5', 'fields', 'it has 3 fields where 2 belong'],
    [
      'a quote inside a field',
      '1,2\n3,5" pipe\n4,5\n',
      '3,5" pipe',
      'quotes',
      'a quote stands inside field 2, which does not begin with one',
    ],
    ['text behind a quote', '1,2\n"3"x,4\n4,5\n', '"3"x,4', 'quotes', 'text follows the closing quote of field 1'],
    ['a quote that is never closed', '1,2\n3,"x\n4,5\n', '3,"x', 'quotes', 'the quote that opens field 2 is never closed'],
    ['a NUL', '1,2\n3,\0\n4,5\n', '3,\0', 'text', 'it holds a NUL: this is no text, or its encoding is another'],
    ['a stray carriage return', '1,2\n3,a\rb\n4,5\n', '3,a\rb', 'text', 'a carriage return stands inside the line'],
  ])('rejects the line with %s and goes on behind it', (_what, text, rejected, rule, reason) => {
    const { rows, rejects, reasons } = scan(text);
    expect([rows, rejects, reasons]).toEqual([[[1, '1,2'], [3, '4,5']], [[2, rejected, rule]], [reason]]); // prettier-ignore
  });

  it('loses one line to a quote that the next quoted field seems to close', () => {
    const { rows, rejects } = scan('1,"open\n2,"b"\n3,c\n');
    expect([rows.map(([line]) => line), rejects.map(([line]) => line)]).toEqual([[2, 3], [1]]);
  });

  it('rejects a row whose bytes are no text in the encoding', () => {
    const text = Buffer.concat([Buffer.from('1,é\n2,'), Buffer.from([0xe9]), Buffer.from('\n3,x\n')]);
    const { rows, rejects } = scan(text);
    expect([rows.map(([line]) => line), rejects.map(([line, , rule]) => [line, rule])]).toEqual([[1, 3], [[2, 'encoding']]]);
  });

  it('rejects a row that is too long without keeping it in memory', () => {
    const { rows, rejects } = scan(`1,a\n2,${'x'.repeat(3 * CSV_ROW_BYTES)}\n3,c\n`, {}, 256 * 1024);
    expect([rows, rejects.map(([line, , rule]) => [line, rule])]).toEqual([[[1, '1,a'], [3, '3,c']], [[2, 'length']]]); // prettier-ignore
    expect(rejects[0][1].length).toBeLessThan(2 * CSV_ROW_BYTES);
  });

  it('writes escaped quotes as doubled ones', () => {
    const { rows } = scan('1,"say \\"hi\\" \\\\ \\n"\n', { escape: 0x5c });
    expect(rows).toEqual([[1, '"1","say ""hi"" \\ \\n"']]);
  });

  it('takes quotes as they are where nothing is quoted', () => {
    expect(scan('1,5" pipe\n', { quote: undefined, escape: undefined }).rows).toEqual([[1, '1,5" pipe']]);
  });

  it('passes over lines, takes the header, and holds the rows against it', () => {
    const { rows, rejects, scanner } = scan('exported today\n"a ""x""",b\n1,2\n3\n', { skip: 1, header: true });
    expect([scanner.header, rows, rejects]).toEqual([['a "x"', 'b'], [[3, '1,2']], [[4, '3', 'fields']]]);
  });

  it('finds the same wherever the text is cut', () => {
    const text = 'id,"na\r\nme"\r\n1,"a ""b"",\r\nc"\r\n2,é"x\r\n\r\n3,"open\r\n4,d\r\n5\r\n6,"z"';
    const { scanner: _whole, ...whole } = scan(text, { header: true });
    expect(whole.rows).toHaveLength(3);
    for (let pieces = 1; pieces < text.length; pieces++) {
      const { scanner: _cut, ...cut } = scan(text, { header: true }, pieces);
      expect(cut).toEqual(whole);
    }
  });
});

describe('the fields of a record', () => {
  it.each<[string, (string | null)[]]>([
    ['a,b', ['a', 'b']],
    [',', [null, null]],
    ['"",x,', ['', 'x', null]],
    ['"a ""b"", c","d"', ['a "b", c', 'd']],
  ])('%s', (record, fields) => {
    expect(fieldsOf(record, COMMA)).toEqual(fields);
  });
});
