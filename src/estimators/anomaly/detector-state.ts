/**
 * Numbers by name in one flat array, so that what a detector knows can be kept and restored as it is.
 * @param sizes how many numbers stand under each name
 * @param saved of the same layout
 * @throws {RangeError} when it is of another one
 */
export function layOut<Name extends string>(
  sizes: Readonly<Record<Name, number>>,
  saved?: Float64Array,
): { readonly all: Float64Array; readonly at: Readonly<Record<Name, Float64Array>> } {
  const names = Object.keys(sizes) as Name[];
  const length = names.reduce((sum, name) => sum + sizes[name], 0);
  if (saved && saved.length !== length) {
    throw new RangeError(`The state of this detector has ${length} numbers, and ${saved.length} were given.`);
  }
  const all = saved ? Float64Array.from(saved) : new Float64Array(length);
  const at = {} as Record<Name, Float64Array>;
  let begin = 0;
  for (const name of names) at[name] = all.subarray(begin, (begin += sizes[name]));
  return { all, at };
}
