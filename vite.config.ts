import { defineConfig } from 'vitest/config'

/** Faults, kills, second publishers and random edits at every moment, and what takes long. `npm test` leaves them out. */
const faults = [
  'test/publish/every-range.test.ts',
  'test/publish/every-request-releases.test.ts',
  'test/publish/every-request.test.ts',
  'test/publish/faults.test.ts',
  'test/publish/large.test.ts',
  'test/publish/memory.test.ts',
  'test/publish/second-publisher.test.ts',
  'test/publish/verify/tolerance.test.ts',
  'test/playground/blog-s3.app.test.ts',
  'test/render/cache/edits.app.test.ts',
  'test/render/cache/edits.faults.app.test.ts',
  'test/render/cache/kept.app.test.ts',
  'test/render/shards/kept.app.test.ts',
  'test/render/shards/killed.app.test.ts',
  'test/render/site/commit.app.test.ts',
  'test/render/worker/pool.app.test.ts',
]
/** Tests of the publish wing, from inside and from its command: none may print a secret. */
const publish = ['test/publish/**/*.test.ts', 'test/cli/{publish,report}.test.ts', 'test/api.test.ts']
const backends = ['test/backends/**/*.test.ts']
/** Tests that build whole apps. */
const app = ['test/**/*.app.test.ts']
/** Tests that look at pages in Chromium. `npm test` leaves them out. */
const browsers = ['test/**/*.browser.test.ts']
/** Tests that install frameworks and plugins of others from npm. `npm test` leaves them out. */
const foreign = ['test/foreign/**/*.test.ts']
/** Tests that run pipelines on job engines. `npm test` leaves them out. */
const engines = ['test/engines/**/*.test.ts']

const searchSecrets = 'test/publish/setup.ts'
const shortPauses = 'test/short-pauses.ts'

export default defineConfig({
  test: {
    testTimeout: 300_000,
    hookTimeout: 120_000,
    // The commands that tests start tell nothing to the CI that the tests run in.
    env: { GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: '', GITLAB_CI: '' },
    // Even on two cores: most tests wait for processes that they started.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...publish, ...backends, ...app, ...browsers, ...foreign, ...engines],
        },
      },
      { extends: true, test: { name: 'backends', include: backends, setupFiles: shortPauses } },
      {
        extends: true,
        test: {
          name: 'publish',
          include: publish,
          exclude: [...app, ...browsers, ...faults],
          setupFiles: [searchSecrets, shortPauses],
        },
      },
      { extends: true, test: { name: 'app', include: app, exclude: faults } },
      { extends: true, test: { name: 'browsers', include: browsers } },
      { extends: true, test: { name: 'faults', include: faults, setupFiles: [searchSecrets, shortPauses] } },
      { extends: true, test: { name: 'foreign', include: foreign, globalSetup: 'test/foreign/pack.ts' } },
      { extends: true, test: { name: 'engines', include: engines } },
    ],
  },
})
