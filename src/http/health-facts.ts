import { Injectable } from '@nestjs/common';

type Fact = Readonly<Record<string, unknown>>;

/** What rooms say of themselves at `/api/v1/health`: no part of it decides whether the process is well. */
@Injectable()
export class HealthFacts {
  private readonly readers = new Map<string, () => Promise<Fact>>();

  /** @param name of the field; the last who takes it has it */
  add(name: string, read: () => Promise<Fact>): void {
    this.readers.set(name, read);
  }

  /** A room that cannot answer says so in a note. */
  async report(): Promise<Record<string, Fact>> {
    const told = [...this.readers].map(async ([name, read]) => {
      const fact = await read().catch((error: unknown) => ({ note: error instanceof Error ? error.message : String(error) }));
      return [name, fact] as const;
    });
    return Object.fromEntries(await Promise.all(told));
  }
}
