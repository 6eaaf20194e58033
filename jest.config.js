const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2023',
        },
        module: { type: 'es6' },
      },
    ],
  },
  setupFiles: ['reflect-metadata'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

const project = (displayName, testMatch, extra = {}) => ({ ...shared, displayName, testMatch, ...extra });

export default {
  testTimeout: 120_000,
  maxWorkers: 2,
  globalSetup: '<rootDir>/test/fixtures/postgres.setup.js',
  globalTeardown: '<rootDir>/test/fixtures/postgres.teardown.js',
  projects: [
    project('unit', ['<rootDir>/src/**/*.spec.ts', '<rootDir>/bench/**/*.spec.ts'], {
      testPathIgnorePatterns: ['-storm\\.spec\\.ts$'],
    }),
    project('storm', ['<rootDir>/src/**/*-storm.spec.ts']),
    project('architecture', ['<rootDir>/test/*.spec.ts']),
    project('e2e', ['<rootDir>/test/e2e/**/*.spec.ts']),
    project('interop', ['<rootDir>/test/interop/**/*.spec.ts', '<rootDir>/test/browser/**/*.spec.ts']),
    project('soak', ['<rootDir>/test/soak/**/*.spec.ts']),
  ],
};
