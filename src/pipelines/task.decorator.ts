import { SetMetadata } from '@nestjs/common';
import type { z } from 'zod';
import type { TaskMethod } from './task-run.types.js';

export const TASK = 'pipelines:task';

export interface TaskDeclaration {
  readonly name: string;
  readonly options: z.ZodType;
}

/**
 * Lets pipelines run a method of a provider. What the method works with must be ready when `onModuleInit` is over, and must
 * be there until `beforeApplicationShutdown`: runs are stopped in `onModuleDestroy`.
 * @param name what a step says in `uses:`, of the form `room.verb`; it exists once in the process
 * @param options describes and checks the `with:` of a step
 */
export const Task =
  <Options extends z.ZodType>(name: string, options: Options) =>
  <Method extends TaskMethod<z.output<Options>>>(target: object, key: string, method: TypedPropertyDescriptor<Method>): void => {
    SetMetadata(TASK, { name, options } satisfies TaskDeclaration)(target, key, method);
  };
