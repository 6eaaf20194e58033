import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { ParametersDoNotFitError } from '../pipelines.errors.js';
import type { DeclaredTasks } from './declared-tasks.js';
import { type ParameterValue, referencesIn, substitute, valuesOf } from './parameters.js';
import type { Pipeline, PlannedTask } from './pipeline.schema.js';
import { problemsOfOptions } from './step-options.js';

/** What one run does: tasks with their options, those of a pipeline with the values of its parameters put in. */
export interface RunPlan {
  /** The name of the pipeline, or that of the lane of a job. */
  readonly lane: string;
  readonly concurrency: number;
  /** With the defaults of what was not given. */
  readonly params: Readonly<Record<string, ParameterValue>>;
  readonly tasks: readonly PlannedTask[];
}

/**
 * @throws {InvalidInputError} when a parameter is missing, unknown or of the wrong type
 * @throws {ParametersDoNotFitError} when a task does not take the values
 */
export function planRun(pipeline: Pipeline, given: Readonly<Record<string, unknown>>, declared: DeclaredTasks): RunPlan {
  const { data: params, error } = valuesOf(pipeline.params).safeParse(given);
  if (error) throw new InvalidInputError(error.issues.map(({ path, message }) => ({ path: ['params', ...path], message })));
  const tasks = pipeline.tasks.map((task) => (referencesIn(task.with).length > 0 ? fill(task, params, declared) : task));
  return { lane: pipeline.name, concurrency: pipeline.concurrency, params, tasks };
}

function fill(task: PlannedTask, params: RunPlan['params'], declared: DeclaredTasks): PlannedTask {
  const options = substitute(task.with, params) as PlannedTask['with'];
  const [problem] = problemsOfOptions(declared.find(task.uses)!.options, options);
  if (problem) throw new ParametersDoNotFitError(task.name, problem.path.join('.'), problem.message);
  return { ...task, with: options };
}
