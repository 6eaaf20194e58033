import 'reflect-metadata';
import '../fixtures/typescript.js';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import jestCircus from 'jest-circus/runner';
import { setJest } from './globals.js';

const require = createRequire(import.meta.url);

/**
 * Runs a spec file as jest does, but with modules that Node.js loads: each once in a worker, for all of its spec files, where jest
 * would load the lab and its packages anew for each.
 * @param given what jest gives to a `testRunner`
 */
export default async function run(...given) {
  const [, , environment, runtime] = given;
  // Node.js knows the source maps of what it loaded, and jest does not.
  Error.prepareStackTrace = undefined;
  const { console } = globalThis;
  globalThis.console = environment.global.console;
  try {
    return await jestCircus.default(...given.with(3, loadingNatively(runtime)));
  } finally {
    runtime.restoreAllMocks();
    globalThis.console = console;
  }
}

function loadingNatively(runtime) {
  return Object.assign(Object.create(runtime), {
    requireInternalModule: requireAnew,
    setGlobalsForRuntime: (globals) => {
      runtime.setGlobalsForRuntime(globals);
      Object.assign(globalThis, globals);
      setJest(runtime.requireModuleOrMock(import.meta.filename, '@jest/globals').jest);
    },
    unstable_shouldLoadAsEsm: () => true,
    unstable_importModule: (path) => import(pathToFileURL(path).href),
  });
}

/** The tests of a file, and who listens to them, are state of jest's module: the next file needs another. */
function requireAnew(path) {
  delete require.cache[path];
  delete globalThis[Symbol.for('EVENT_HANDLERS')];
  return require(path);
}
