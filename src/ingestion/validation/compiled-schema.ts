import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FieldProblem } from '../../errors/lab-error.js';
import { InvalidSchemaError } from '../ingestion.errors.js';
import { type JsonSchema, LANDED_COLUMNS, type MessageSchema } from '../topic.types.js';
import { linearRegExp } from './linear-regexp.js';

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';
const MOST_CHARACTERS = 65_536;

/** Unknown keywords and formats are refused: they are mistyped, and would be passed over without a word. */
const ajv = new Ajv2020({
  strictTypes: false,
  strictTuples: false,
  addUsedSchema: false,
  logger: false,
  code: { regExp: Object.assign(linearRegExp, { code: 'linearRegExp' }) },
});
addFormats.default(ajv);
ajv.addKeyword('example');

/** The schema of a topic, made into code once. */
export class CompiledSchema implements MessageSchema {
  private constructor(
    private readonly validate: ValidateFunction | undefined,
    private readonly lands: boolean,
  ) {}

  /**
   * @param lands whether values become rows: they are objects then, and leave the columns of their landing alone
   * @throws {InvalidSchemaError}
   */
  static of(schema: JsonSchema | null, lands: boolean): CompiledSchema {
    const validate = schema ? compile(schema) : undefined;
    if (schema && lands) expectRows(schema);
    return new CompiledSchema(validate, lands);
  }

  /** What does not fit, the first of it; undefined when all does. */
  problem(value: unknown): FieldProblem | undefined {
    try {
      return (this.lands ? rowProblem(value) : undefined) ?? this.schemaProblem(value);
    } catch (error) {
      if (error instanceof RangeError) return { path: '', message: 'is nested too deep' };
      throw error;
    }
  }

  flaw(value: unknown): string | undefined {
    const problem = this.problem(value);
    return problem && (problem.path ? `${problem.path}: ${problem.message}` : problem.message);
  }

  flawOfBytes(value: Buffer | null): string | undefined {
    if (value === null) return undefined;
    let parsed: unknown;
    try {
      parsed = JSON.parse(value.toString());
    } catch (error) {
      return `is not JSON: ${(error as Error).message}`;
    }
    return this.flaw(parsed);
  }

  private schemaProblem(value: unknown): FieldProblem | undefined {
    if (!this.validate || this.validate(value)) return undefined;
    return described((this.validate.errors as ErrorObject[])[0]);
  }
}

function compile(schema: JsonSchema): ValidateFunction {
  if (JSON.stringify(schema).length > MOST_CHARACTERS) {
    throw new InvalidSchemaError(`it is longer than ${MOST_CHARACTERS} characters`);
  }
  if (schema.$async !== undefined) throw new InvalidSchemaError('"$async" is no keyword of it');
  if (schema.$schema !== undefined && schema.$schema !== DRAFT) {
    throw new InvalidSchemaError(`its "$schema" is ${JSON.stringify(schema.$schema)}: leave it out, or write "${DRAFT}"`);
  }
  try {
    return ajv.compile(schema);
  } catch (error) {
    throw new InvalidSchemaError((error as Error).message.replace(/^(strict mode|schema is invalid): /, ''));
  } finally {
    // It would keep the schema and its code for ever.
    ajv.removeSchema(schema);
  }
}

/** A schema that fits no row would leave its topic empty for ever. */
function expectRows({ type = 'object', properties = {} }: JsonSchema): void {
  if (![type].flat().includes('object')) throw new InvalidSchemaError('the topic lands, and it allows no objects');
  const taken = LANDED_COLUMNS.find((column) => column in (properties as object));
  if (taken) throw new InvalidSchemaError(`its field "${taken}" has the name of a column that landing adds`);
}

function rowProblem(value: unknown): FieldProblem | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { path: '', message: 'must be an object: the topic lands, and its fields become columns' };
  }
  const taken = LANDED_COLUMNS.find((column) => column in value);
  return taken === undefined ? undefined : { path: taken, message: 'is the name of a column that landing adds' };
}

function described({ instancePath, keyword, message = 'does not fit', params }: ErrorObject): FieldProblem {
  const path = instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  return { path, message: `${message}${detailOf(keyword, params)}` };
}

function detailOf(keyword: string, params: Readonly<Record<string, unknown>>): string {
  switch (keyword) {
    case 'additionalProperties':
      return `: ${JSON.stringify(params.additionalProperty)}`;
    case 'unevaluatedProperties':
      return `: ${JSON.stringify(params.unevaluatedProperty)}`;
    case 'enum':
      return `: ${JSON.stringify(params.allowedValues)}`;
    case 'const':
      return `: ${JSON.stringify(params.allowedValue)}`;
    default:
      return '';
  }
}
