// docs/trust.md agrees with the code: the examples are valid, and the default of reservedKeys is that of the code.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { openPolicy } from '../../src/fleet/api/member-policy.ts'
import { defaultReservedKeys } from '../../src/fleet/api/reserved-keys.ts'
import { parseFleetConfig } from '../../src/fleet/config.ts'
import { parsePolicy } from '../../src/fleet/policy-config.ts'

const text = readFileSync('docs/trust.md', 'utf8')
const blocks = [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block]) => block!)

test('the examples of fleet.yaml are valid', () => {
  const files = blocks.filter((block) => /^members:/m.test(block))
  expect(files).toHaveLength(2)
  for (const file of files) expect(() => parseFleetConfig('f', file, '/')).not.toThrow()
})

test('the policies of Secrets are valid', () => {
  const example = readFileSync('deploy/fleet/hub/member-secret.example.yaml', 'utf8')
  const secrets = [...blocks.filter((block) => block.startsWith('stringData:')), example]
  expect(secrets).toHaveLength(2)
  for (const secret of secrets) {
    const { policy } = (parse(secret) as { stringData: { policy: string } }).stringData
    expect(() => parsePolicy('Secret', policy, openPolicy)).not.toThrow()
  }
})

test('the default of reservedKeys is that of the code', () => {
  const block = blocks.find((one) => one.startsWith('reservedKeys:'))!
  expect(parse(block)).toEqual({ reservedKeys: defaultReservedKeys })
})
