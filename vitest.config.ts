import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    reporters: process.env.CI ? ['default'] : ['dot'],
    testTimeout: 20_000,
    // All cores: the default leaves one free, and of two that is half.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: ['src/*.test.ts', 'src/{domain,formats,log,web,net}/**/*.test.{ts,tsx}', 'test/tidy.test.ts'],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          globalSetup: ['test/system/postgres.ts'],
          include: ['src/{store,app,api,cli}/**/*.test.ts', 'test/system/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          globalSetup: ['test/journeys/sample-database.ts'],
          include: ['test/journeys/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
