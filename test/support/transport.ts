// The UDP transport of this test run; `vitest.config.ts` runs the tests of serving with both. Tests request it
// explicitly, so they fail on a machine that does not support it.
import type { Transport } from '../../src/server/shared/messages.ts'

export const transport: Transport = process.env.TEST_TRANSPORT === 'dgram' ? 'dgram' : 'mmsg'
