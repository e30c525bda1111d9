import { defineConfig } from 'vitest/config'

/** What serves over real sockets runs over each transport; `single` differs from `dgram` in its threads alone. */
const SERVING = [
  'test/plugins/rrl/serving.test.ts',
  'test/server/serve.test.ts',
  'test/server/threads/{supervisor,upstream-thread}.test.ts',
  'test/server/transport/transports.test.ts',
  'test/cli/serve.test.ts',
  'test/e2e/forward.test.ts',
]
const TRANSPORTS = {
  dgram: [...SERVING, 'test/e2e/{differential,user-flow}.test.ts'],
  single: SERVING,
}
/** Minutes of kills and cut connections: `npm run test:faults` has them. */
const LONG = process.env.FAULTS === 'all' ? [] : ['test/faults/{kill,partition}.test.ts']

// Sockets, signals and worker threads: one process a file. Unit tests of the batches call libc themselves.
const shared = {
  pool: 'forks' as const,
  // A limit for what hangs, not a measure: shared machines stand still for seconds.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  execArgv: ['--experimental-ffi', '--disable-warning=ExperimentalWarning'],
  // The signals of tests come from tests: with `npx vitest`, programs would take the second one for npm's copy.
  env: { npm_lifecycle_event: '' },
}

/** A little under what holds with all tests. Without CI the end-to-end tests may be skipped, and coverage is lower. */
const thresholds = process.env.CI
  ? { thresholds: { statements: 86, branches: 82, functions: 86, lines: 87 } }
  : {}

export default defineConfig({
  test: {
    globalSetup: ['test/support/temporary-folder.ts', 'test/support/global-setup.ts'],
    // Tests with real programs wait most of their time: two files at once take little more than half as long as one.
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary'],
      ...thresholds,
    },
    projects: [
      { test: { ...shared, name: 'mmsg', include: ['test/**/*.test.ts'], exclude: LONG } },
      ...Object.entries(TRANSPORTS).map(([name, include]) => {
        return { test: { ...shared, name, include, env: { ...shared.env, TEST_TRANSPORT: name } } }
      }),
    ],
  },
})
