// What `explain` says while a part of the service is not known: nothing that was not read is broken.
import { describe, expect, test } from 'vitest'
import type { FleetResource } from '../../../src/fleet/api/records.ts'
import { explainExitCode, explainService, firstBroken } from '../../../src/fleet/explain/explain.ts'
import type { ServiceFacts, Unread } from '../../../src/fleet/explain/facts.ts'
import {
  clusterFacts,
  east,
  exportRecord,
  importRecord,
  memberLease,
  namespaceView,
  serviceFacts,
  serviceRecord,
  sliceRecord,
  west,
} from './facts.ts'

type Change = Partial<ServiceFacts>

const forbidden = (...resources: readonly FleetResource[]) => {
  const unread: Unread = { reason: 'forbidden', text: 'RBAC forbids us to list it' }
  return { unread: new Map(resources.map((one) => [one, unread])) }
}
const FROM_EAST = { 'multicluster.kubernetes.io/source-cluster': 'east' }

/** A source that the imports name, and a port and a type that no other cluster has. */
const otherPorts = [{ name: 'http', protocol: 'TCP', port: 81, appProtocol: '' }]
const namesBoth = { clusters: ['east', 'north'] }
const north = clusterFacts('north', {}, { problem: 'connection refused' })
const headlessNorth = {
  export: exportRecord({ cluster: 'north', creationTimestamp: '2026-01-01T00:01:00Z' }),
  service: serviceRecord({ headless: true }),
}

describe('a resource that was not read has no broken link', () => {
  test.each<[string, Change]>([
    [
      'Services of the source',
      { clusters: [east({ service: undefined }, forbidden('services')), west()] },
    ],
    [
      'EndpointSlices of the source',
      {
        clusters: [east({ slices: [] }, { ...forbidden('endpointslices'), endpoints: [] }), west()],
      },
    ],
    [
      'Services of the importer',
      { clusters: [east(), west({ derived: undefined }, forbidden('services'))] },
    ],
    [
      'EndpointSlices of the importer',
      { clusters: [east(), west({ imported: [] }, forbidden('endpointslices'))] },
    ],
    [
      'ServiceExports of the source',
      { clusters: [east({ export: undefined }, forbidden('serviceexports')), west()] },
    ],
    [
      'namespaces of an importer that may have a mode of its own',
      {
        clusters: [east(), clusterFacts('west', { namespace: undefined }, forbidden('namespaces'))],
        importMode: 'auto',
        from: 'west',
      },
    ],
    [
      'EndpointSlices of one of two sources',
      {
        clusters: [
          east({ slices: [] }, { endpoints: [] }),
          clusterFacts(
            'north',
            {
              export: exportRecord({ cluster: 'north', creationTimestamp: '2026-01-01T00:01:00Z' }),
              service: serviceRecord(),
            },
            forbidden('endpointslices'),
          ),
          west({ imported: [] }),
        ],
        members: undefined,
      },
    ],
  ])('%s', (_name, change) => {
    const explanation = explainService(serviceFacts(change))
    expect(firstBroken(explanation)).toBeUndefined()
    expect(explainExitCode(explanation)).toBe(3)
  })
})

describe('a missing export is broken only when every cluster was looked at', () => {
  const importing = west()
  test.each<[string, Change, string]>([
    [
      'an import names a cluster that was not given',
      { clusters: [importing] },
      'east, which an import names, was not looked at.',
    ],
    [
      'imported endpoints name a cluster that was not given',
      { clusters: [west({ import: importRecord({ clusters: [] }) })] },
      'east, which an import names, was not looked at.',
    ],
    [
      'one of two clusters may not be read',
      {
        clusters: [
          west({ import: importRecord({ clusters: [] }), imported: [] }),
          clusterFacts('north', {}, forbidden('serviceexports')),
        ],
      },
      'No cluster that was looked at has a ServiceExport ns/web: the ServiceExports of north are not known.',
    ],
    [
      'another source is known',
      { clusters: [east(), west({ import: importRecord(namesBoth) })] },
      'north, which an import names, was not looked at.',
    ],
  ])('%s', (_name, change, text) => {
    const explanation = explainService(serviceFacts({ members: undefined, ...change }))
    expect(explanation.links).toContainEqual(
      expect.objectContaining({ id: 'export', state: 'failed', text }),
    )
    expect(firstBroken(explanation)).toBeUndefined()
    expect(explainExitCode(explanation)).toBe(3)
    expect(JSON.stringify(explanation.links)).not.toContain('apply -f')
  })

  test('the name of a source is one word of the command', () => {
    const importing = west({ import: importRecord({ clusters: ['$(id)'] }), imported: [] })
    const { links } = explainService(serviceFacts({ clusters: [importing], members: undefined }))
    expect(links.find(({ id }) => id === 'export')?.command).toBe(
      "kubectl --context '$(id)' -n ns get serviceexport web -o yaml",
    )
  })

  test('a cluster that has left is not looked for', () => {
    const { links } = explainService(
      serviceFacts({
        clusters: [east(), west({ import: importRecord(namesBoth) })],
        members: [
          ...['east', 'west'].map((id) => memberLease(id)),
          memberLease('north', { hasLeft: true }),
        ],
      }),
    )
    expect(links.filter(({ state }) => state !== 'holds')).toEqual([])
  })
})

describe('merged fields are not compared while a source is not known', () => {
  const imported = importRecord({ ...namesBoth, ports: otherPorts })
  const cases: readonly (readonly [string, Change])[] = [
    ['a source is away', { clusters: [east(), north, west({ import: imported })] }],
    ['a source was not given', { clusters: [east(), west({ import: imported })] }],
    [
      'the Services of a source may not be read',
      {
        clusters: [
          east(),
          clusterFacts('north', { export: headlessNorth.export }, forbidden('services')),
          west({ import: imported }),
        ],
      },
    ],
    [
      'the fleet does not reach a source',
      {
        clusters: [east(), clusterFacts('north', headlessNorth), west({ import: imported })],
        members: [
          memberLease('east'),
          memberLease('west'),
          memberLease('north', { ageMs: 200_000 }),
        ],
      },
    ],
  ]
  test.each(cases)('%s: ports', (_name, change) => {
    const { links } = explainService(serviceFacts({ members: undefined, ...change }))
    expect(links.find(({ id }) => id === 'ports')).toMatchObject({
      state: 'warning',
      text: expect.stringContaining(
        'the fleet keeps them as they are while it does not reach north',
      ),
    })
    expect(JSON.stringify(links)).not.toContain('patch serviceimport')
  })

  test.each(cases)('%s: type and conflicts', (_name, { clusters, ...change }) => {
    const { links } = explainService(
      serviceFacts({
        members: undefined,
        ...change,
        clusters: [
          ...clusters!.slice(0, -1),
          west({ import: importRecord({ ...namesBoth, type: 'Headless' }) }),
        ],
      }),
    )
    const states = links.filter(({ id }) => id === 'conflicts' || id === 'import')
    expect(states.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'conflicts warning',
      'import holds',
    ])
    expect(JSON.stringify(links)).not.toContain('patch serviceimport')
  })
})

describe('the id of a cluster that is only the name of a context', () => {
  const there = (id = 'there') => {
    const { snapshot, endpoints, selector } = east()
    return clusterFacts(
      'there',
      { ...snapshot, export: exportRecord({ cluster: id }) },
      { id, endpoints, selector, isIdUnknown: true },
    )
  }
  const clusters = [there(), west({}, { isIdUnknown: true })]

  test('may be that of a source: no link is broken, but the source was not found', () => {
    const explanation = explainService(serviceFacts({ clusters }))
    expect(firstBroken(explanation)).toBeUndefined()
    expect(explanation.links).toContainEqual({
      id: 'export',
      at: 'east',
      state: 'failed',
      text: 'east, which an import names, may be there or west: their ids in the clusterset could not be read.',
      command: 'clusterset-dns explain web.ns --contexts east=CONTEXT',
    })
    expect(explainExitCode(explanation)).toBe(3)
  })

  test('does not hide endpoints that are missing everywhere', () => {
    const importing = west({ imported: [sliceRecord('http:8080', ['10.1.0.21'], FROM_EAST)] })
    const explanation = explainService(serviceFacts({ clusters: [there(), importing] }))
    expect(explanation.links.find(({ id }) => id === 'slices')).toMatchObject({
      state: 'broken',
      text: expect.stringContaining('these are missing: 10.1.0.22'),
    })
  })

  test('may be that of another cluster: addresses are compared over all sources', () => {
    const swapped = west({}, { isIdUnknown: true })
    const explanation = explainService(
      serviceFacts({ clusters: [there('west'), { ...swapped, id: 'east' }] }),
    )
    const slices = explanation.links.filter(({ id }) => id === 'slices')
    expect(slices.map(({ state }) => state)).toEqual(['holds'])
  })

  test('is that of the cluster when imports name it', () => {
    const explanation = explainService(
      serviceFacts({
        clusters: [east({}, { isIdUnknown: true }), west({}, { isIdUnknown: true })],
      }),
    )
    expect(explanation.links.filter(({ state }) => state !== 'holds')).toEqual([])
  })
})

test('an import that the fleet creates is not missing while the exports are not known', () => {
  const auto = { namespace: { ...namespaceView, mode: 'auto' as const } }
  const clusters = [
    clusterFacts('east', {}, forbidden('serviceexports')),
    clusterFacts('west', auto),
  ]
  const explanation = explainService(serviceFacts({ clusters }))
  expect(firstBroken(explanation)).toBeUndefined()
  expect(explainExitCode(explanation)).toBe(3)
})
