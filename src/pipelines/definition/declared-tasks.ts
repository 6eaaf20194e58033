import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { z } from 'zod';
import { DuplicateTaskError } from '../pipelines.errors.js';
import { TASK, type TaskDeclaration } from '../task.decorator.js';
import type { TaskMethod } from '../task-run.types.js';

export interface DeclaredTask {
  readonly name: string;
  readonly options: z.ZodType;
  /** The class and method, for people. */
  readonly declaredBy: string;
  readonly run: TaskMethod<unknown>;
}

/** Every method of a provider that says `@Task(…)`. */
@Injectable()
export class DeclaredTasks {
  private found: ReadonlyMap<string, DeclaredTask> | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  find(name: string): DeclaredTask | undefined {
    return this.all().get(name);
  }

  /** In order of name. */
  names(): string[] {
    return [...this.all().keys()].sort();
  }

  /** @throws {DuplicateTaskError} */
  private all(): ReadonlyMap<string, DeclaredTask> {
    // Providers are complete only once the whole application is put together, so this waits for the first question.
    return (this.found ??= this.discover());
  }

  private discover(): ReadonlyMap<string, DeclaredTask> {
    const tasks = new Map<string, DeclaredTask>();
    for (const task of this.providers().flatMap((provider) => this.declaredIn(provider))) {
      const first = tasks.get(task.name);
      if (first) throw new DuplicateTaskError(task.name, first.declaredBy, task.declaredBy);
      tasks.set(task.name, task);
    }
    return tasks;
  }

  /** Each instance once: an alias of a provider is no second declaration. */
  private providers(): object[] {
    const instances = this.discovery
      .getProviders()
      .filter((wrapper) => wrapper.isDependencyTreeStatic())
      .map((wrapper): unknown => wrapper.instance);
    return [...new Set(instances.filter((instance) => typeof instance === 'object' && instance !== null))];
  }

  private declaredIn(provider: object): DeclaredTask[] {
    const prototype = Object.getPrototypeOf(provider) as Record<string, TaskMethod<unknown>> | null;
    return this.scanner.getAllMethodNames(prototype).flatMap((method) => {
      const declaration = Reflect.getMetadata(TASK, prototype![method]) as TaskDeclaration | undefined;
      if (!declaration) return [];
      const run: TaskMethod<unknown> = (options, taskRun) => prototype![method].call(provider, options, taskRun);
      return [{ ...declaration, declaredBy: `${provider.constructor.name}.${method}`, run }];
    });
  }
}
