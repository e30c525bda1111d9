// The way of serving UDP that this run of the tests is about; `vitest.config.ts` runs what serves over both.
// It is forced, so that a machine that cannot do it fails loudly.
import type { Transport } from '../../src/server/shared/messages.ts'

export const transport: Transport = process.env.TEST_TRANSPORT === 'dgram' ? 'dgram' : 'mmsg'
