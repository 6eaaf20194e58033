import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

const TIME_LIMIT = Symbol.for('TEST_TIMEOUT_SYMBOL');

/** Spec files run in the worker's own realm, one after the other, where jest would make one for each. */
export default class OwnRealm {
  fakeTimers = null;
  // Here jest leaves what it would put into a new realm; the runner takes from it what tests need.
  global = {};
  moduleMocker = new ModuleMocker(globalThis);

  constructor({ projectConfig }) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  /** A limit that a file sets for itself is its own, too: `jest.setTimeout` leaves it with us. */
  handleTestEvent({ name }, state) {
    if (name === 'run_start') state.testTimeout = this.global[TIME_LIMIT] ?? state.testTimeout;
  }

  async setup() {}

  async teardown() {
    this.fakeTimersModern.dispose();
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  getVmContext() {
    return null;
  }
}
