import type { CsvOptions } from '../source.schema.js';
import { columnName, refuseNames } from './column-names.js';
import { ColumnSample } from './column-sample.js';
import { type CsvScan, CsvScanner } from './csv-scanner.js';
import { type ReadingWork, type ReceivedColumn, type ReceivedFile, screened } from './received-file.js';
import { CARRIED_LINE } from './received-line.js';
import { numberedCsv } from './screening.js';
import { quotedName } from './value-sql.js';

/**
 * @param known types of the table's columns by lower case name: what is not declared has these
 * @throws {UnreadableSourceError} when the header is none, or misses what is declared
 */
export async function readCsv(options: CsvOptions, known: ReadonlyMap<string, string>, work: ReadingWork): Promise<ReceivedFile> {
  const {
    delimiter,
    quote,
    decimal,
    null_value: nullValue,
    date_format: dateFormat,
    timestamp_format: timestampFormat,
  } = options;
  const scan = scanOf(options);
  const sample = new ColumnSample(scan, { nullValue, decimal });
  const { file, rows, scanner, textsOf } = await screened(work, {
    ...{ encoding: options.encoding, numbered: numberedCsv(scan.delimiter), sample },
    scanner: (isDamaged) => new CsvScanner(scan, isDamaged),
  });
  if (options.header && !scanner.header && work.rejects.rows === 0) throw work.refuse('it is empty. There is not even a header.');
  const columns = columnsOf(namesOf(options, scanner, work), typesOf(options, known), sample);
  return {
    relation: {
      format: 'csv',
      files: [file],
      csv: {
        ...{ delimiter, quote, header: false, nullValue },
        columns: [CARRIED_LINE, ...columns.map(({ name }) => name)].map((name) => ({ name, type: 'VARCHAR' })),
      },
    },
    ...{ columns, format: { decimal, dateFormat, timestampFormat }, rows, rejects: work.rejects, textsOf },
  };
}

function scanOf({ delimiter, quote, escape, skip, header, columns }: CsvOptions): CsvScan {
  const quoteByte = quote ? quote.charCodeAt(0) : undefined;
  return {
    ...{ delimiter: delimiter.charCodeAt(0), quote: quoteByte, skip, header },
    escape: quoteByte !== undefined && escape ? escape.charCodeAt(0) : quoteByte,
    ...(!header && columns ? { fields: Object.keys(columns).length } : {}),
  };
}

function namesOf({ header, columns = {} }: CsvOptions, scanner: CsvScanner, work: ReadingWork): string[] {
  const declared = Object.keys(columns);
  if (!header) {
    const names = declared.length > 0 ? declared : Array.from({ length: scanner.width }, (_, index) => columnName(null, index));
    refuseNames(names, work);
    return names;
  }
  const names = (scanner.header ?? []).map(columnName);
  refuseNames(names, work);
  const present = new Set(names.map((name) => name.toLowerCase()));
  const missing = declared.filter((name) => !present.has(name.toLowerCase()));
  if (missing.length > 0) {
    throw work.refuse(
      `its header lacks ${missing.map((name) => `"${name}"`).join(', ')}. It has: ${names.join(', ').slice(0, 500)}`,
    );
  }
  return names;
}

const typesOf = ({ columns = {} }: CsvOptions, known: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...known, ...Object.entries(columns).map(([name, type]) => [name.toLowerCase(), type] as const)]);

function columnsOf(names: readonly string[], types: ReadonlyMap<string, string>, sample: ColumnSample): ReceivedColumn[] {
  return names.map((name, index) => {
    const type = types.get(name.toLowerCase());
    return { name, sql: quotedName(name), nested: false, type: type ?? sample.typeOf(index), declared: type !== undefined };
  });
}
