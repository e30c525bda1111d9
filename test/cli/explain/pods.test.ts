// What is said of endpoints that are not ready: the words of their Pods.
import { describe, expect, test } from 'vitest'
import { endpointFacts } from '../../../src/cli/explain/pods.ts'

const slice = {
  endpoints: [
    { addresses: ['10.1.0.1'], targetRef: { kind: 'Pod', name: 'web-0' }, conditions: {} },
    {
      addresses: ['10.1.0.2'],
      targetRef: { kind: 'Pod', name: 'web-1' },
      conditions: { ready: false },
    },
  ],
}
const pod = (status: object, metadata: object = {}) => ({
  metadata: { name: 'web-1', ...metadata },
  status,
})
const container = (state: object, ready = false) => ({
  containerStatuses: [{ name: 'app', ready, state }],
})

describe('an endpoint that is not ready', () => {
  test.each([
    [
      'a container that waits',
      pod(container({ waiting: { reason: 'ImagePullBackOff' } })),
      'container app: ImagePullBackOff',
    ],
    [
      'a container that ended',
      pod(container({ terminated: { reason: 'OOMKilled' } })),
      'container app: OOMKilled',
    ],
    [
      'a container that runs',
      pod(container({ running: {} })),
      'container app runs, but its readiness probe does not succeed',
    ],
    [
      'a Pod without a node',
      pod({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', message: 'no node is free' }],
      }),
      'no node is free',
    ],
    ['a Pod that says nothing', pod({ phase: 'Pending' }), 'Pending'],
    [
      'a Pod that is being deleted',
      pod({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      'it is being deleted',
    ],
  ])('has the reason of %s', (_name, raw, why) => {
    expect(endpointFacts([slice], [raw])).toEqual([
      { address: '10.1.0.1', pod: 'web-0', ready: true, why: '' },
      { address: '10.1.0.2', pod: 'web-1', ready: false, why },
    ])
  })

  test('may have no Pod that can be read', () => {
    expect(endpointFacts([slice], [])[1]).toMatchObject({ pod: 'web-1', ready: false, why: '' })
  })
})

test('a Pod without an address is in no EndpointSlice, and is told', () => {
  const raw = pod({ phase: 'Pending' })
  expect(endpointFacts([], [raw])).toEqual([
    { address: '', pod: 'web-1', ready: false, why: 'Pending' },
  ])
})
