// Clusters that have nothing to do with the service, and what the fleet leaves out on purpose, do not break it.
import { describe, expect, test } from 'vitest'
import { parseCidr, rangeTest } from '../../../src/fleet/api/address-ranges.ts'
import { endpointPolicy } from '../../../src/fleet/api/endpoint-addresses.ts'
import { openPolicy } from '../../../src/fleet/api/member-policy.ts'
import { explainExitCode, explainService, firstBroken } from '../../../src/fleet/explain/explain.ts'
import type { ClusterFacts, ServiceFacts, Unread } from '../../../src/fleet/explain/facts.ts'
import {
  clusterFacts,
  east,
  importRecord,
  memberLease,
  serviceFacts,
  serviceRecord,
  sliceRecord,
  west,
} from './facts.ts'

type Change = Partial<ServiceFacts>

const FROM_EAST = { 'multicluster.kubernetes.io/source-cluster': 'east' }
const missing: Unread = { reason: 'missing', text: '404' }
const withNorth = (change: Partial<ClusterFacts>, snapshot = {}): Change => ({
  clusters: [east(), west(), clusterFacts('north', snapshot, change)],
  members: ['east', 'west', 'north'].map((id) => memberLease(id)),
})

describe('a cluster that neither exports nor imports', () => {
  test.each<[string, Change, 0 | 3]>([
    ['may lack the CRDs', withNorth({ unread: new Map([['serviceimports', missing]]) }), 0],
    [
      'may lack permissions',
      withNorth({ rights: { account: 'the fleet', missing: ['list services'] } }),
      0,
    ],
    [
      'may refuse the fleet: then it is not known',
      withNorth({ rights: { account: 'The fleet', missing: [], refusal: 'RBAC forbids us' } }),
      3,
    ],
    [
      'may lack the namespace in import mode auto',
      { ...withNorth({}, { namespace: undefined }), importMode: 'auto', from: undefined },
      0,
    ],
    [
      'may have a policy against the namespace in import mode auto',
      { ...withNorth({ policy: { ...openPolicy, importsInto: () => false } }), importMode: 'auto' },
      0,
    ],
  ])('%s', (_name, { clusters, ...change }, code) => {
    // In mode auto every cluster with the namespace imports.
    const [first, ...others] = clusters!
    const { import: found, derived, imported } = west().snapshot
    const source = { ...first!, snapshot: { ...first!.snapshot, import: found, derived, imported } }
    const explanation = explainService(serviceFacts({ ...change, clusters: [source, ...others] }))
    expect(firstBroken(explanation)).toBeUndefined()
    expect(explainExitCode(explanation)).toBe(code)
  })

  test('may lack the CRDs also while nobody imports the service', () => {
    const { clusters } = withNorth({ unread: new Map([['serviceimports', missing]]) })
    const [source, , north] = clusters!
    const nobody = west({ import: undefined, derived: undefined, imported: [] })
    const all = { ...withNorth({}), from: undefined }
    const explanation = explainService(
      serviceFacts({ ...all, clusters: [source!, nobody, north!] }),
    )
    expect(firstBroken(explanation)).toMatchObject({ id: 'import', at: 'west' })
    // It is looked at when there is no other.
    const alone = explainService(serviceFacts({ ...all, clusters: [source!, north!] }))
    expect(firstBroken(alone)).toMatchObject({ id: 'crds', at: 'north' })
  })

  test('is looked at when it is asked for', () => {
    const change = withNorth({ policy: { ...openPolicy, importsInto: () => false } })
    const explanation = explainService(serviceFacts({ ...change, from: 'north' }))
    expect(firstBroken(explanation)).toMatchObject({
      id: 'import',
      at: 'north',
      text: 'The policy of the fleet admits no imports into the namespace ns of north.',
      command: 'clusterset-dns fleet check --config FILE',
    })
  })
})

describe('endpoints that the fleet leaves out are a warning', () => {
  const one = [sliceRecord('http:8080', ['10.1.0.21'], FROM_EAST)]
  const without22 = (text: string) => rangeTest([parseCidr(text)!])
  test.each<[string, Change, string]>([
    [
      'by the ownCIDRs of the importer',
      {
        clusters: [
          east(),
          west({ imported: one }, { policy: { ...openPolicy, isOwn: without22('10.1.0.22/32') } }),
        ],
      },
      'The fleet leaves out 10.1.0.22 (in the ownCIDRs of this cluster).',
    ],
    [
      'by the endpointCIDRs of the source',
      {
        clusters: [
          east(
            {},
            { policy: { ...openPolicy, endpoints: endpointPolicy([parseCidr('10.1.0.21/32')!]) } },
          ),
          west({ imported: one }),
        ],
      },
      'The fleet leaves out 10.1.0.22 (outside the endpointCIDRs of the cluster).',
    ],
    [
      "by the importer's own network, which only the fleet knows",
      {
        clusters: [
          east(),
          west({
            imported: one,
            import: importRecord({
              conditions: [
                {
                  type: 'Ready',
                  status: 'True',
                  reason: 'Ready',
                  message:
                    'The service has been imported. Endpoints are left out: addresses such as 10.1.0.22, a node of this cluster (cluster east).',
                  lastTransitionTime: '2026-01-01T00:00:00Z',
                },
              ],
            }),
          }),
        ],
      },
      '10.1.0.22',
    ],
    [
      'over the limits of the configuration',
      {
        clusters: [east(), west({ imported: one })],
        exportLimits: { ports: 1000, endpoints: 1, backends: 50_000 },
      },
      'The fleet leaves out 10.1.0.22 (over the exportLimits).',
    ],
  ])('%s', (_name, change, text) => {
    const explanation = explainService(serviceFacts(change))
    expect(firstBroken(explanation)).toBeUndefined()
    expect(explanation.links.find(({ id }) => id === 'slices')).toMatchObject({
      state: 'warning',
      text: expect.stringContaining(text),
    })
  })
})

test('host names, which nobody imports, are not over the limits', () => {
  const hosts = { ...sliceRecord('http:8080', ['a.example', 'b.example']), addressType: 'FQDN' }
  const source = east({ slices: [...east().snapshot.slices, hosts] })
  const { links } = explainService(serviceFacts({ clusters: [source, west()] }))
  expect(links.find(({ id }) => id === 'slices')?.state).toBe('holds')
})

test('a Pod without an address is no endpoint, though the Service publishes those that are not ready', () => {
  const pending = { address: '', pod: 'web-0', ready: false, why: 'Pending' }
  const source = east(
    { service: serviceRecord({ publishNotReadyAddresses: true }), slices: [] },
    { endpoints: [pending] },
  )
  const explanation = explainService(serviceFacts({ clusters: [source, west()] }))
  expect(firstBroken(explanation)).toMatchObject({
    id: 'endpoints',
    text: 'None of 1 endpoints in east is ready: web-0: Pending.',
  })
})

test.each<[string, Change, string]>([
  [
    'a Service of somebody else',
    { clusters: [east(), west({ derived: serviceRecord({ name: 'amcs-web' }) })] },
    'kubectl --context west -n ns get service amcs-web -o yaml',
  ],
  [
    'an export of another type',
    {
      clusters: [
        east(),
        west({
          export: {
            ...east().snapshot.export!,
            cluster: 'west',
            creationTimestamp: '2026-01-01T00:01:00Z',
          },
          service: serviceRecord({ headless: true }),
        }),
      ],
    },
    'kubectl --context west -n ns get serviceexport web -o yaml',
  ],
])('%s is shown, not deleted', (_name, change, command) => {
  const { links } = explainService(serviceFacts(change))
  expect(links.map((one) => one.command)).toContain(command)
  expect(JSON.stringify(links)).not.toContain('delete')
})

test("without the fleet's configuration its policies are not looked at", () => {
  const explanation = explainService(serviceFacts({ isConfigUnknown: true }))
  expect(explanation.links.filter(({ state }) => state === 'unseen')).toEqual([
    {
      id: 'fleet',
      at: '',
      state: 'unseen',
      text: expect.stringContaining('its namespaces, endpointCIDRs and exportLimits'),
      command: 'clusterset-dns explain web.ns --config FILE',
    },
  ])
  expect(explainExitCode(explanation)).toBe(0)
})
