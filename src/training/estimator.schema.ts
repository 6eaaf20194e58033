import { z } from 'zod';
import type { EstimatorInfo } from '../estimators/estimator.types.js';
import { pageOf } from '../http/page.schema.js';
import { ModelType } from '../registry/model-name.types.js';

const EstimatorParameter = z
  .object({
    name: z.string().meta({ example: 'n_trees' }),
    type: z.string().meta({ description: 'As JSON has it; several are parted by |', example: 'integer' }),
    default: z
      .unknown()
      .optional()
      .meta({ description: 'Absent when the parameter may be left out without a value', example: 100 }),
    range: z
      .object({
        minimum: z.number().optional(),
        maximum: z.number().optional(),
        exclusive_minimum: z.number().optional(),
        exclusive_maximum: z.number().optional(),
        values: z
          .array(z.unknown())
          .optional()
          .meta({ description: 'Those that it may have, or that have a meaning of their own' }),
      })
      .meta({ example: { minimum: 1, maximum: 2000 } }),
    description: z.string().meta({ example: 'Trees: more are slower and steadier, and not worse' }),
  })
  .meta({ id: 'EstimatorParameter' });
type EstimatorParameter = z.infer<typeof EstimatorParameter>;

const EstimatorItem = z
  .object({
    name: z.string().meta({ example: 'random_forest' }),
    problems: z.array(ModelType),
    description: z.string(),
    params: z.array(EstimatorParameter),
  })
  .meta({ id: 'Estimator' });
export type EstimatorItem = z.infer<typeof EstimatorItem>;

export const EstimatorPage = pageOf('EstimatorPage', EstimatorItem);

/** The few forms that the schema of a parameter has. */
interface ParameterSchema {
  readonly type?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ParameterSchema[];
}

export function toEstimatorItem({ name, problems, description, params }: EstimatorInfo): EstimatorItem {
  const { properties = {} } = z.toJSONSchema(params, { io: 'input' });
  return {
    name,
    problems: [...problems],
    description,
    params: Object.entries(properties).map(([parameter, schema]) => toParameter(parameter, schema as ParameterSchema)),
  };
}

function toParameter(name: string, schema: ParameterSchema): EstimatorParameter {
  const forms = schema.anyOf ?? [schema];
  const bounds = Object.assign({}, ...forms.map(rangeOf)) as EstimatorParameter['range'];
  const values = forms.flatMap((form) => form.enum ?? (form.const === undefined ? [] : [form.const]));
  return {
    name,
    type: [...new Set(forms.map(({ type }) => type ?? 'any'))].join(' | '),
    ...(schema.default === undefined ? {} : { default: schema.default }),
    range: { ...bounds, ...(values.length > 0 ? { values } : {}) },
    description: schema.description ?? '',
  };
}

const rangeOf = ({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: ParameterSchema): EstimatorParameter['range'] =>
  Object.fromEntries(
    Object.entries({ minimum, maximum, exclusive_minimum: exclusiveMinimum, exclusive_maximum: exclusiveMaximum }).filter(
      ([, bound]) => bound !== undefined,
    ),
  );
