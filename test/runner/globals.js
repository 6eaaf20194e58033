/** What `@jest/globals` is in a spec file: that of the file which runs now. */
export let jest;

export function setJest(current) {
  jest = current;
}
