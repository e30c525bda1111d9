// When objects were last changed.
import { expect, test } from 'vitest'
import { lastChange } from '../../../src/cli/explain/last-change.ts'

const object = (creationTimestamp: string, managedFields: readonly object[] = []) => {
  return { metadata: { creationTimestamp, managedFields } }
}

test.each([
  ['no object', [], undefined],
  ['an object without times', [{}], undefined],
  ['the creation', [object('2026-01-01T00:00:00Z')], '2026-01-01T00:00:00Z'],
  [
    'the latest write of the latest object',
    [object('2026-01-02T00:00:00Z', [{ time: '2026-01-04T00:00:00Z' }]), object('2026-01-03')],
    '2026-01-04T00:00:00Z',
  ],
  [
    'not a write of the status',
    [object('2026-01-02', [{ time: '2026-01-04T00:00:00Z', subresource: 'status' }])],
    '2026-01-02',
  ],
])('%s', (_name, objects, time) => {
  expect(lastChange(objects)).toBe(time === undefined ? undefined : Date.parse(time))
})

test('a cluster may have very many objects', () => {
  const objects = new Array(1_000_000).fill({ metadata: { creationTimestamp: '2026' } })
  expect(lastChange(objects)).toBe(Date.parse('2026'))
})
