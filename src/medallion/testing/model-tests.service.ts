import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { SqlError } from '../../engines/sql/sql.errors.js';
import { type Column, type Query, type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import { LakeStorage } from '../../engines/storage/storage.port.js';
import { LabError } from '../../errors/lab-error.js';
import { keepSql } from '../expectations/check-sql.js';
import { quoteName, toRules } from '../expectations/rule.js';
import { InvalidModelFileError, ModelSqlError } from '../medallion.errors.js';
import { inInterval } from '../models/model-text.js';
import { seedRelation } from '../models/seed.js';
import { type ReferencedModel, TransformsService } from '../models/transforms.service.js';
import type { GivenTable, ModelTestOutcome, ModelTestReport, ModelTestRequest } from './model-test.schema.js';
import { readTests, type WrittenTest } from './test-file.js';

const ROWS_SHOWN = 10;
/** Sums of floating point numbers differ in their last digits by the order in which they are added. */
const DECIMALS = 9;

/** Holds SQL models against what their tests say: rows in, rows out. Reads no table of the lake. */
@Injectable()
export class ModelTestsService {
  constructor(
    @Inject(LabConfig) private readonly config: LabConfig,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
    @Inject(LakeStorage) private readonly storage: LakeStorage,
    private readonly transforms: TransformsService,
  ) {}

  /** @throws {InvalidModelFileError} for a file that is no test @throws {TransformNotFoundError} */
  async run({ models }: ModelTestRequest): Promise<ModelTestReport> {
    await this.transforms.refresh();
    if (models) this.transforms.inOrder(models);
    const tests: ModelTestOutcome[] = [];
    for (const test of await readTests(this.config.workspaceDir)) {
      if (!models || models.includes(test.model)) tests.push(await this.outcome(test));
    }
    const passed = tests.filter(({ status }) => status === 'passed').length;
    return { passed, failed: tests.length - passed, tests };
  }

  private async outcome(test: WrittenTest): Promise<ModelTestOutcome> {
    const { model, name, file, line } = test;
    const common = { model, name, file: `${file}:${line}` };
    const folder = await this.storage.stage();
    try {
      const { missing, unexpected } = await this.compare(test, folder);
      const status = missing.length + unexpected.length === 0 ? 'passed' : 'failed';
      return { ...common, status, message: null, missing, unexpected };
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      return { ...common, status: 'failed', message: error.message, missing: [], unexpected: [] };
    } finally {
      await this.storage.discard(folder);
    }
  }

  private async compare(test: WrittenTest, folder: string): Promise<Pick<ModelTestOutcome, 'missing' | 'unexpected'>> {
    const model = this.transforms.find(test.model) ?? this.transforms.inOrder([test.model])[0];
    const actual = await this.actual(model, test, folder);
    const columns = await this.expectedColumns(model, test, actual);
    const expected: Relation = { format: 'json', files: [await this.file(folder, test.expect)], columns };
    const shown = columns.map(({ name, type }) => comparable(name, type)).join(', ') || '1 as row';
    const beyond = async (one: string, other: string): Promise<Record<string, unknown>[]> => {
      const sql = `select cast(to_json(difference) as varchar) as difference from
        (select ${shown} from ${one} except all select ${shown} from ${other}) as difference limit ${ROWS_SHOWN}`;
      const rows = await this.sql.rows({ sql, tables: { actual, expected } });
      return rows.map(({ difference }) => JSON.parse(String(difference)) as Record<string, unknown>);
    };
    try {
      return { missing: await beyond('expected', 'actual'), unexpected: await beyond('actual', 'expected') };
    } catch (error) {
      throw error instanceof SqlError ? new ModelSqlError(model, error) : error;
    }
  }

  /** What the model makes of the rows that are given, without those that its expectations leave out. */
  private async actual(model: ReferencedModel, test: WrittenTest, folder: string): Promise<Relation> {
    const tables: Record<string, Relation> = {};
    for (const [name, given] of Object.entries(test.given)) tables[name] = await this.given(given, folder);
    const used = new Set<string>();
    const candidate = { format: 'view' as const, query: this.queryOf(model, test, tables, used) };
    const odd = Object.keys(tables).find((name) => !used.has(name));
    if (odd !== undefined) throw refusal(test, `"${odd}" is given, and the model reads ${model.reads.join(', ') || 'nothing'}.`);
    const rules = model.expectations.flatMap((expectation) => toRules(expectation, { now: new Date() }));
    return { format: 'view', query: { sql: keepSql(rules), tables: { candidate } } };
  }

  private queryOf(
    model: ReferencedModel,
    test: WrittenTest,
    given: Readonly<Record<string, Relation>>,
    used: Set<string>,
  ): Omit<Query, 'parameters'> {
    const tables: Record<string, Relation> = {};
    for (const name of model.reads) {
      used.add(name);
      const read = this.transforms.find(name);
      if (given[name]) tables[name] = given[name];
      else if (read?.kind === 'view') tables[name] = { format: 'view', query: this.queryOf(read, test, given, used) };
      else if (read?.csv) tables[name] = this.seed(read.csv);
      else throw refusal(test, `"${name}" is read by ${model.name}, and no rows of it are given.`);
    }
    if (model.csv) return { sql: model.sql, tables: { seed: this.seed(model.csv) } };
    if (model.kind !== 'incremental_by_time') return { sql: model.sql, tables };
    if (!test.interval) throw refusal(test, `${model.name} is built interval by interval: say interval: { start, end }.`);
    const interval = { start: new Date(test.interval.start), end: new Date(test.interval.end) };
    return { sql: inInterval(model.sql, interval), tables };
  }

  private seed(csv: NonNullable<ReferencedModel['csv']>): Relation {
    return seedRelation(join(this.config.workspaceDir, csv.path), csv);
  }

  private async given({ types, rows }: GivenTable, folder: string): Promise<Relation> {
    const declared = Object.entries(types).map(([column, type]) => ({ name: column, type }));
    if (rows.length === 0) return { format: 'json', files: [], columns: declared };
    const found: Relation = { format: 'json', files: [await this.file(folder, rows)], maps: false };
    if (declared.length === 0) return found;
    const detected = await this.sql.describe({ sql: 'select * from given', tables: { given: found } });
    const columns = detected.map((column) => ({ name: column.name, type: types[column.name] ?? column.type }));
    const others = declared.filter((column) => !columns.some((known) => known.name === column.name));
    return { ...found, columns: [...columns, ...others] };
  }

  /** Of the columns that the expected rows name, the types that came out. @throws {InvalidModelFileError} for others */
  private async expectedColumns(model: ReferencedModel, test: WrittenTest, actual: Relation): Promise<Column[]> {
    const columns = await this.described(model, actual);
    const named = new Set(test.expect.flatMap((row) => Object.keys(row)));
    const odd = [...named].find((name) => !columns.some((column) => column.name === name));
    if (odd !== undefined) {
      throw refusal(test, `the model has no column "${odd}". It has: ${columns.map(({ name }) => name).join(', ')}.`);
    }
    return columns.filter(({ name }) => named.size === 0 || named.has(name));
  }

  private async described(model: ReferencedModel, actual: Relation): Promise<Column[]> {
    try {
      return await this.sql.describe({ sql: 'select * from actual', tables: { actual } });
    } catch (error) {
      throw error instanceof SqlError ? new ModelSqlError(model, error) : error;
    }
  }

  private async file(folder: string, rows: readonly object[]): Promise<string> {
    const file = join(folder, `${randomUUID()}.json`);
    await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return file;
  }
}

const comparable = (name: string, type: string): string =>
  /^(FLOAT|DOUBLE)$/.test(type) ? `round(${quoteName(name)}, ${DECIMALS}) as ${quoteName(name)}` : quoteName(name);

const refusal = ({ file, line, name }: WrittenTest, message: string): InvalidModelFileError =>
  new InvalidModelFileError(file, [{ line, message: `"${name}": ${message}` }]);
