import { expect, test } from 'vitest'
import { BadExternalNames } from '../../../src/plugins/kubernetes/bad-external-names.ts'
import { service } from '../../cases/cluster-objects.ts'
import { memoryLog } from '../../support/memory-log.ts'

const named = (externalName: string) => service('ns/ext', { kind: 'ExternalName', externalName })

test('a Service whose externalName is an address is one warning, until it is repaired', () => {
  const lines: string[] = []
  const names = new BadExternalNames(memoryLog(lines).log, () => 0)
  names.published('ns/ext', named('10.0.0.1'))
  names.published('ns/ext', named('10.0.0.1'))
  expect(lines).toEqual([
    expect.stringContaining(
      'service ns/ext: externalName is an IP address; the service has no DNS records',
    ),
  ])
  names.published('ns/ext', named('a.example'))
  names.published('ns/ext', undefined)
  names.published('ns/ext', named('10.0.0.1'))
  expect(lines.length).toBe(2)
})
