import { defineConfig } from 'vitest/config'

/** What serves over real sockets runs over both transports. */
const SERVING = [
  'test/server/serve.test.ts',
  'test/server/threads/supervisor.test.ts',
  'test/server/transport/transports.test.ts',
  'test/cli/serve.test.ts',
  'test/e2e/{differential,forward,user-flow}.test.ts',
]

// Sockets, signals and worker threads: one process a file. Unit tests of the batches call libc themselves.
const shared = {
  pool: 'forks' as const,
  // A limit for what hangs, not a measure: shared machines stand still for seconds.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  execArgv: ['--experimental-ffi', '--disable-warning=ExperimentalWarning'],
}

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary'] },
    projects: [
      { test: { ...shared, name: 'mmsg', include: ['test/**/*.test.ts'] } },
      { test: { ...shared, name: 'dgram', include: SERVING, env: { TEST_TRANSPORT: 'dgram' } } },
    ],
  },
})
