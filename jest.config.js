const shared = {
  testEnvironment: '<rootDir>/test/runner/environment.js',
  testRunner: '<rootDir>/test/runner/circus.js',
  transform: {},
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

const project = (displayName, testMatch, extra = {}) => ({ ...shared, displayName, testMatch, ...extra });

const withoutStorms = { testPathIgnorePatterns: ['-storm\\.spec\\.ts$'] };

export default {
  testTimeout: 120_000,
  maxWorkers: 2,
  globalSetup: '<rootDir>/test/fixtures/postgres.setup.js',
  globalTeardown: '<rootDir>/test/fixtures/postgres.teardown.js',
  projects: [
    project('unit', ['<rootDir>/src/**/*.spec.ts', '<rootDir>/bench/**/*.spec.ts'], withoutStorms),
    project('storm', ['<rootDir>/src/**/*-storm.spec.ts', '<rootDir>/test/e2e/**/*-storm.spec.ts']),
    project('architecture', ['<rootDir>/test/*.spec.ts']),
    project('e2e', ['<rootDir>/test/e2e/**/*.spec.ts'], withoutStorms),
    project('interop', ['<rootDir>/test/interop/**/*.spec.ts', '<rootDir>/test/browser/**/*.spec.ts']),
    project('soak', ['<rootDir>/test/soak/**/*.spec.ts']),
  ],
};
