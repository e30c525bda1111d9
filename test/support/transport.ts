// The UDP transport of this test run; `vitest.config.ts` runs the tests of serving with each. Tests request it
// explicitly, so they fail on a machine that does not support it.
import type { Transport } from '../../src/server/shared/messages.ts'

const { TEST_TRANSPORT: wanted } = process.env
export const transport: Transport = wanted === 'dgram' || wanted === 'single' ? wanted : 'mmsg'
