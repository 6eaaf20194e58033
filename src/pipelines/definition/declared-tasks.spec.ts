import { Injectable } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { z } from 'zod';
import { Task } from '../task.decorator.js';
import type { TaskRun } from '../task-run.types.js';
import { DeclaredTasks } from './declared-tasks.js';

@Injectable()
class Loader {
  private readonly loaded = 3;

  @Task('etl.load', z.object({ times: z.int() }))
  async load({ times }: { times: number }): Promise<object> {
    return { rows: this.loaded * times };
  }
}

@Injectable()
class OtherLoader {
  @Task('etl.load', z.object({}))
  async loadToo(): Promise<void> {}
}

async function declaredBy(
  ...providers: (typeof Loader | typeof OtherLoader | { provide: string; useExisting: typeof Loader })[]
): Promise<DeclaredTasks> {
  const module = await Test.createTestingModule({
    imports: [DiscoveryModule],
    providers: [DeclaredTasks, ...providers],
  }).compile();
  return module.get(DeclaredTasks);
}

describe('DeclaredTasks', () => {
  it('finds the methods that declare a task and calls them on their provider', async () => {
    const tasks = await declaredBy(Loader);
    expect(tasks.names()).toEqual(['etl.load']);
    expect(await tasks.find('etl.load')!.run({ times: 2 }, {} as TaskRun)).toEqual({ rows: 6 });
  });

  it('knows nothing of a task that nobody declares', async () => {
    expect((await declaredBy()).find('etl.load')).toBeUndefined();
  });

  it('names both methods that declare the same task', async () => {
    const tasks = await declaredBy(Loader, OtherLoader);
    expect(() => tasks.names()).toThrow('"etl.load" is declared by Loader.load and by OtherLoader.loadToo');
  });

  it('takes another name of a provider for the same provider', async () => {
    const tasks = await declaredBy(Loader, { provide: 'loader', useExisting: Loader });
    expect(tasks.names()).toEqual(['etl.load']);
  });
});
