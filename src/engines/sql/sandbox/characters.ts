/** How much text and bytes a value holds, also within its lists and structs. */
export function charactersOf(value: unknown): number {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value.length;
  if (value === null || typeof value !== 'object') return 0;
  let sum = 0;
  for (const held of Array.isArray(value) ? (value as readonly unknown[]) : Object.values(value)) sum += charactersOf(held);
  return sum;
}
