/**
 * At most so many at a time, in order; items may still be found meanwhile. The first failure is thrown once those under way have
 * ended, and no further one begins.
 */
export async function inParallel<Item>(
  items: AsyncGenerator<Item>,
  most: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for await (const item of items) {
      if (failures.length > 0) return;
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  const atWork = Array.from({ length: most }, () => worker().catch((error: unknown) => failures.push(error)));
  await Promise.all(atWork);
  if (failures.length > 0) throw failures[0];
}
