// The Event object that is sent to an API server.
import { describe, expect, test } from 'vitest'
import type { ClusterEvent } from '../../../src/fleet/api/writes.ts'
import { eventBody, eventName } from '../../../src/fleet/member/event-object.ts'

const event: ClusterEvent = {
  resource: 'serviceexports',
  namespace: 'ns',
  id: { name: 'web', uid: 'uid-web', resourceVersion: '7' },
  about: 'Ready',
  type: 'Normal',
  reason: 'Exported',
  message: 'The service has been exported.',
  at: Date.parse('2026-01-01T00:00:00.500Z'),
  serial: 3,
  replica: 'host_1',
}
const kind = { apiVersion: 'multicluster.x-k8s.io/v1alpha1', kind: 'ServiceExport' }

test('the Event has the fields that client-go writes', () => {
  expect(eventBody(event, kind)).toEqual({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: 'ns', name: 'web.188672520bc76503' },
    involvedObject: {
      apiVersion: 'multicluster.x-k8s.io/v1alpha1',
      kind: 'ServiceExport',
      namespace: 'ns',
      name: 'web',
      uid: 'uid-web',
      resourceVersion: '7',
    },
    type: 'Normal',
    reason: 'Exported',
    message: 'The service has been exported.',
    action: 'Export',
    count: 1,
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
    source: { component: 'clusterset-dns-fleet' },
    reportingComponent: 'clusterset-dns-fleet',
    reportingInstance: 'host_1',
  })
})

test('two Events of the same millisecond have different names', () => {
  expect(eventName(event)).not.toBe(eventName({ ...event, serial: 4 }))
})

test.each([
  ['a', 253],
  ['a-', 126],
  ['a.', 126],
])('the longest object name, made of "%s", gives a valid Event name', (part, count) => {
  const id = { ...event.id, name: part.repeat(count) }
  const name = eventName({ ...event, id })
  expect(name.length).toBeLessThanOrEqual(253)
  expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/)
})

describe('a message', () => {
  test.each([
    ['a'.repeat(1024), 1024],
    ['a'.repeat(1025), 1024],
    ['ä'.repeat(600), 1024],
    ['€'.repeat(400), 1023],
    ['😀'.repeat(300), 1024],
  ])('is cut to at most 1,024 bytes, between characters', (message, bytes) => {
    const { message: sent } = eventBody({ ...event, message }, kind)
    expect(Buffer.byteLength(String(sent))).toBe(bytes)
    expect(message.startsWith(String(sent))).toBe(true)
  })
})

test('a message that quotes a webhook is escaped', () => {
  const message = 'denied: \x1b[2J\u202e\nReady'
  expect(eventBody({ ...event, message }, kind).message).toBe('denied: \\u001b[2J\\u202e Ready')
})
