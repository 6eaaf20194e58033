import { createInterface } from 'node:readline';

/** A contender's side of the conversation: does what each line of JSON asks for, and answers with a line, `null` for nothing. */
export async function follow(orders: Readonly<Record<string, (details: never) => Promise<unknown>>>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: what, ...details } = JSON.parse(line) as { do: string };
    process.stdout.write(`${JSON.stringify((await orders[what](details as never)) ?? null)}\n`);
  }
}
