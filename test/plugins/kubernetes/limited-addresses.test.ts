// Services whose addresses have no PTR records are logged once and counted.
import { expect, test } from 'vitest'
import { LimitedAddresses } from '../../../src/plugins/kubernetes/limited-addresses.ts'
import { memoryLog } from '../../support/memory-log.ts'

test('a Service with addresses without PTR records is logged once and counted until it has all', () => {
  const lines: string[] = []
  const limited = new LimitedAddresses(memoryLog(lines).log, () => 0)
  limited.report('ns/a', 3)
  limited.report('ns/a', 4)
  limited.report('ns/b', 0)
  expect(lines).toEqual([
    '[WARNING] service ns/a: 3 addresses of endpoints have no PTR records, because they are in too many networks',
  ])
  expect(limited.size).toBe(1)
  limited.report('ns/a', 0)
  expect(limited.size).toBe(0)
})
