import { parseYaml, type YamlProblem } from '../../config/yaml-file.js';
import type { DeclaredTasks } from './declared-tasks.js';
import { findCycle, inOrderOfNeed } from './graph.js';
import { type Parameters, referencesIn, substitute, valueOf, valuesOf } from './parameters.js';
import { type Pipeline, PipelineFile } from './pipeline.schema.js';
import { type Problem, problemsOfOptions } from './step-options.js';

/** What a pipeline is held against beside its schema. */
export interface Surroundings {
  readonly tasks: DeclaredTasks;
  /** Names of other pipelines, each with its file. */
  readonly taken: ReadonlyMap<string, string>;
}

/** @returns the pipeline, or everything that is wrong with it, each with its line */
export function checkPipeline(text: string, { tasks, taken }: Surroundings): Pipeline | readonly YamlProblem[] {
  const schema = PipelineFile.superRefine((file, context) => {
    const problems = [
      ...problemsOfName(file, taken),
      ...problemsOfParameters(file),
      ...problemsOfNeeds(file),
      ...problemsOfTasks(file, tasks),
    ];
    for (const { path, message } of problems) context.addIssue({ code: 'custom', path: [...path], message });
  });
  const parsed = parseYaml(text, schema);
  if (!parsed.ok) return parsed.problems;
  const { tasks: steps, ...pipeline } = parsed.value;
  return { ...pipeline, tasks: inOrderOfNeed(needsOf(parsed.value)).map((name) => ({ name, ...steps[name] })) };
}

const needsOf = ({ tasks }: PipelineFile): Map<string, readonly string[]> =>
  new Map(Object.entries(tasks).map(([name, { needs }]) => [name, needs]));

function problemsOfName({ name }: PipelineFile, taken: ReadonlyMap<string, string>): Problem[] {
  const other = taken.get(name);
  return other === undefined ? [] : [{ path: ['name'], message: `"${name}" is the pipeline of ${other} already` }];
}

function problemsOfNeeds(file: PipelineFile): Problem[] {
  const names = Object.keys(file.tasks);
  const unknown = Object.entries(file.tasks).flatMap(([task, { needs }]) =>
    needs.flatMap((need, index) => {
      const message = `"${need}" is no task of this pipeline. Its tasks are ${names.join(', ')}`;
      return names.includes(need) ? [] : [{ path: ['tasks', task, 'needs', index], message }];
    }),
  );
  const cycle = findCycle(needsOf(file));
  if (!cycle) return unknown;
  const message = `the tasks wait for each other in a circle: ${cycle.join(' needs ')}. Remove one of these needs`;
  return [...unknown, { path: ['tasks', cycle[0], 'needs'], message }];
}

function problemsOfTasks({ tasks, params }: PipelineFile, declared: DeclaredTasks): Problem[] {
  const defaults = valuesOf(params).safeParse({}).data;
  return Object.entries(tasks).flatMap(([name, step]) => {
    const task = declared.find(step.uses);
    if (!task) {
      const message = `there is no task "${step.uses}". There are ${declared.names().join(', ') || 'none'}`;
      return [{ path: ['tasks', name, 'uses'], message }];
    }
    const references = referencesIn(step.with);
    const unknown = references.filter((reference) => !Object.hasOwn(params, reference));
    if (unknown.length > 0) return [{ path: ['tasks', name, 'with'], message: unknownParameter(unknown[0], params) }];
    // Options that hang on a parameter without a default are looked at when a run gives it.
    if (references.length > 0 && !defaults) return [];
    const options = substitute(step.with, defaults ?? {});
    return problemsOfOptions(task.options, options).map(({ path, message }) => ({
      path: ['tasks', name, 'with', ...path],
      message,
    }));
  });
}

const unknownParameter = (name: string, params: Parameters): string =>
  `there is no parameter "${name}". Those of the pipeline are ${Object.keys(params).join(', ') || 'none'}`;

function problemsOfParameters({ params, schedule, start }: PipelineFile): Problem[] {
  return Object.entries(params).flatMap(([name, parameter]): Problem[] => {
    const path = ['params', name];
    const values = [...(parameter.choices ?? []), ...(parameter.default === undefined ? [] : [parameter.default])];
    const wrong = values.find((value) => !valueOf(parameter).safeParse(value).success);
    if (wrong !== undefined) {
      return [
        { path, message: `"${wrong}" is no value of the type ${parameter.type}${parameter.choices ? ' among its choices' : ''}` },
      ];
    }
    if (parameter.default !== undefined || (schedule ?? start) === undefined) return [];
    return [{ path, message: 'a pipeline that runs by itself needs a default here' }];
  });
}
