// What the objects of each step of `verify` show.
import { describe, expect, test } from 'vitest'
import {
  addressProgress,
  clientProgress,
  connectedProgress,
  endpointsProgress,
  exportProgress,
  importProgress,
  resolvedProgress,
  slicesProgress,
} from '../../../src/cli/verify/verify-rules.ts'

const condition = (type: string, status: string, message = '', reason = 'R') => ({
  type,
  status,
  reason,
  message,
})
const withConditions = (...conditions: readonly object[]) => ({ status: { conditions } })

describe('the export', () => {
  test.each([
    ['waits for the fleet', undefined, 'waiting', 'has no condition Valid'],
    ['holds', withConditions(condition('Valid', 'True', 'It is valid')), 'holds', 'It is valid.'],
    [
      'is broken if it is not valid',
      withConditions(condition('Valid', 'False', 'No')),
      'broken',
      'No.',
    ],
    [
      'is broken if the fleet refuses it',
      withConditions(condition('Valid', 'True'), condition('Ready', 'False', 'Denied.')),
      'broken',
      'Denied.',
    ],
    [
      'waits while that is unknown',
      withConditions(condition('Valid', 'Unknown', 'Soon')),
      'waiting',
      'Soon.',
    ],
  ])('%s', (_name, raw, state, text) => {
    expect(exportProgress(raw)).toMatchObject({ state, text: expect.stringContaining(text) })
  })
})

describe('the import', () => {
  test.each([
    ['waits for the fleet', {}, 'waiting', 'has no condition Ready'],
    [
      'waits while it is pending',
      withConditions(condition('Ready', 'False', 'Wait', 'Pending')),
      'waiting',
      'Pending: Wait.',
    ],
    [
      'is broken by any other reason',
      withConditions(condition('Ready', 'False', 'No', 'NameConflict')),
      'broken',
      'NameConflict: No.',
    ],
    [
      'holds with addresses',
      { spec: { ips: ['10.0.0.7', 'fd00::7'] } },
      'holds',
      '10.0.0.7 and fd00::7',
    ],
  ])('%s', (_name, raw, state, text) => {
    expect(importProgress(raw)).toMatchObject({ state, text: expect.stringContaining(text) })
  })
})

describe('the amcs- Service', () => {
  const service = (clusterIPs: readonly string[], owner = 'verify') => ({
    metadata: { name: 'amcs-verify', labels: { 'clusterset-dns.io/service-import': owner } },
    spec: { clusterIPs },
  })
  test.each([
    ['does not exist yet', undefined, 'waiting', 'There is no Service amcs-verify.'],
    ['has no address yet', service([]), 'waiting', 'no address, but the import 10.0.0.7'],
    ['has another address', service(['10.0.0.8']), 'waiting', '10.0.0.8, but the import 10.0.0.7'],
    ['belongs to somebody else', service(['10.0.0.7'], 'other'), 'broken', 'somebody else'],
    ['has the address of the import', service(['10.0.0.7']), 'holds', '10.0.0.7, as the import.'],
  ])('%s', (_name, raw, state, text) => {
    expect(addressProgress(raw, ['10.0.0.7'])).toMatchObject({
      state,
      text: expect.stringContaining(text),
    })
  })
})

describe('EndpointSlices', () => {
  const slice = (address: string, ready = true) => ({
    metadata: { labels: { 'multicluster.kubernetes.io/source-cluster': 'east' } },
    addressType: 'IPv4',
    endpoints: [
      { addresses: [address], conditions: { ready }, targetRef: { kind: 'Pod', name: 'server' } },
    ],
  })
  const pod = {
    metadata: { name: 'server' },
    status: {
      containerStatuses: [{ name: 'server', state: { waiting: { reason: 'ErrImagePull' } } }],
    },
  }

  test.each([
    ['none', [], [], 'waiting', 'no endpoints'],
    [
      'a Pod that does not run',
      [],
      [pod],
      'waiting',
      'server is not ready: container server: ErrImagePull. --image names another image.',
    ],
    ['not ready', [slice('10.0.0.1', false)], [pod], 'waiting', 'ErrImagePull'],
    ['ready', [slice('10.0.0.1')], [pod], 'holds', '10.0.0.1 is ready.'],
  ])('of the exporter: %s', (_name, slices, pods, state, text) => {
    const progress = endpointsProgress(slices, pods)
    expect(progress).toMatchObject({ state, text: expect.stringContaining(text) })
    // A Pod that does not run is no fault of the fleet.
    expect(progress.late).toBe(state === 'waiting' ? 'failed' : undefined)
  })

  test.each([
    ['none', [], 'waiting', 'No ready endpoint was imported.'],
    ['not ready', [slice('10.0.0.1', false)], 'waiting', 'No ready endpoint'],
    ['another address', [slice('10.0.0.2')], 'waiting', 'but not 10.0.0.1'],
    ['all', [slice('10.0.0.1')], 'holds', '10.0.0.1 of the cluster east was imported.'],
  ])('imported: %s', (_name, slices, state, text) => {
    const progress = slicesProgress(slices, ['10.0.0.1'])
    expect(progress).toMatchObject({ state, text: expect.stringContaining(text) })
    expect(progress.late).toBeUndefined()
  })
})

describe('the client', () => {
  const timed = { ms: 12, values: ['10.0.0.7'], error: '' }
  const ended = (phase: string, terminated: object) => ({
    status: { phase, containerStatuses: [{ name: 'client', state: { terminated } }] },
  })

  test('has a report', () => {
    const message = JSON.stringify({ dns: timed, connect: timed })
    expect(clientProgress(ended('Succeeded', { message }))).toEqual({
      state: 'holds',
      text: 'The Pod client has run.',
      report: { dns: timed, connect: timed },
    })
  })

  test.each([
    ['a report of another form', ended('Succeeded', { message: '{"dns":{}}' }), 'failed'],
    [
      'an image without Node',
      ended('Failed', { reason: 'StartError', message: 'no node' }),
      'failed',
    ],
    ['nothing yet', { metadata: { name: 'client' }, status: { phase: 'Pending' } }, 'waiting'],
  ])('%s', (_name, raw, state) => {
    expect(clientProgress(raw)).toMatchObject({ state })
    expect(clientProgress(raw)).not.toHaveProperty('report')
  })

  test.each([
    [timed, 'holds', 'to 10.0.0.7.'],
    [{ ...timed, values: ['10.9.9.9'] }, 'broken', 'to 10.9.9.9, instead of 10.0.0.7.'],
    [{ ...timed, values: [], error: 'ENOTFOUND' }, 'broken', 'cannot resolve the name: ENOTFOUND.'],
  ])('%#: resolves', (dns, state, text) => {
    expect(resolvedProgress(dns, ['10.0.0.7'])).toMatchObject({
      state,
      text: expect.stringContaining(text),
    })
  })

  test.each([
    [timed, 'holds', 'The server answers at 10.0.0.7.'],
    [{ ...timed, values: [], error: 'ECONNREFUSED' }, 'broken', 'cannot connect: ECONNREFUSED.'],
  ])('%#: connects', (connect, state, text) => {
    expect(connectedProgress(connect)).toMatchObject({
      state,
      text: expect.stringContaining(text),
    })
  })
})
