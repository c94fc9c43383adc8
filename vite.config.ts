import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Even on two cores: most tests wait for processes that they started.
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { extends: true, test: { name: 'backends', include: ['test/backends/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'publish',
          include: ['test/publish/**/*.test.ts'],
          setupFiles: ['test/publish/setup.ts'],
        },
      },
      { extends: true, test: { name: 'playground', include: ['test/playground/**/*.test.ts'] } },
    ],
  },
})
