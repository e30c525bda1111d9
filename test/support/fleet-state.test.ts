// The state comparison used by the fault tests: it must find every relevant difference and no irrelevant one.
import { describe, expect, test } from 'vitest'
import type { FleetResource } from '../../src/fleet/api/records.ts'
import type { Body } from '../../src/fleet/api/writes.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  createFleet,
  httpPort,
  settledFleet,
} from '../fleet/embedded.ts'
import { differences, type FleetObjects, trespasses, usersObjects } from './fleet-state.ts'

/** c1 exports ns/web, c2 imports it. */
async function exported(): Promise<FleetObjects> {
  const fleet = createFleet()
  for (const cluster of ['c1', 'c2']) addNamespace(fleet.api(cluster), 'ns')
  addService(fleet.api('c1'), 'web')
  addSlice(fleet.api('c1'), 'web', ['10.0.0.1', '10.0.0.2'])
  addExport(fleet.api('c1'), 'web')
  addImport(fleet.api('c2'), 'web')
  await fleet.settle()
  return fleet.objects()
}

type Change = (object: Body) => Body | readonly Body[]

/** The state with every object of one resource in one cluster replaced by `change`. */
function changed(state: FleetObjects, resource: FleetResource, change: Change, cluster = 'c2') {
  const all = state.get(cluster)!
  return new Map([...state, [cluster, { ...all, [resource]: all[resource].flatMap(change) }]])
}

/** A copy with the field at `path` set. */
function set(object: Body, path: readonly [string, string], value: unknown): Body {
  const [outer, inner] = path
  return { ...object, [outer]: { ...(object[outer] as Body), [inner]: value } }
}

const endpoints = ({ endpoints }: Body) => endpoints as readonly Body[]
const firstCondition = (object: Body) =>
  ((object.status as Body).conditions as readonly Body[])[0] as Body
const condition = (object: Body, fields: Body) =>
  set(object, ['status', 'conditions'], [{ ...firstCondition(object), ...fields }])

describe('a difference', () => {
  type Case = readonly [name: string, resource: FleetResource, change: Change, cluster?: string]
  const cases: readonly Case[] = [
    [
      'an endpoint is missing',
      'endpointslices',
      (one) => ({ ...one, endpoints: endpoints(one).slice(1) }),
    ],
    [
      'an endpoint is listed twice',
      'endpointslices',
      (one) => [one, set(one, ['metadata', 'name'], 'other')],
    ],
    ['no slice at all', 'endpointslices', () => []],
    ['the port of the slices', 'endpointslices', (one) => ({ ...one, ports: [] })],
    ['the address type', 'endpointslices', (one) => ({ ...one, addressType: 'IPv6' })],
    [
      'a label of a slice',
      'endpointslices',
      (one) => {
        const { metadata } = one as { metadata: { labels: Body } }
        return set(one, ['metadata', 'labels'], { ...metadata.labels, more: 'x' })
      },
    ],
    [
      'the owner of a slice is a former import',
      'endpointslices',
      (one) => {
        const { metadata } = one as { metadata: { ownerReferences: readonly Body[] } }
        return set(
          one,
          ['metadata', 'ownerReferences'],
          [{ ...metadata.ownerReferences[0], uid: 'x' }],
        )
      },
    ],
    ['no Service', 'services', () => []],
    [
      'the ports of the Service',
      'services',
      (one) => set(one, ['spec', 'ports'], [{ ...httpPort, port: 81 }]),
    ],
    [
      'the affinity of the Service',
      'services',
      (one) => set(one, ['spec', 'sessionAffinity'], 'ClientIP'),
    ],
    ['one address fewer', 'services', (one) => set(one, ['spec', 'clusterIPs'], ['10.96.0.1'])],
    ['headless', 'services', (one) => set(one, ['spec', 'clusterIP'], 'None')],
    [
      'the import has an address that its Service does not have',
      'serviceimports',
      (one) => set(one, ['spec', 'ips'], ['10.96.99.99']),
    ],
    ['the import has no address', 'serviceimports', (one) => set(one, ['spec', 'ips'], [])],
    [
      'the families of the import',
      'serviceimports',
      (one) => set(one, ['spec', 'ipFamilies'], ['IPv6']),
    ],
    [
      'the clusters of the import',
      'serviceimports',
      (one) => set(one, ['status', 'clusters'], [{ cluster: 'c9' }]),
    ],
    ['a condition', 'serviceimports', (one) => condition(one, { status: 'False' })],
    ['the message of a condition', 'serviceimports', (one) => condition(one, { message: 'other' })],
    [
      'a condition with a former observedGeneration',
      'serviceimports',
      (one) => condition(one, { observedGeneration: 0 }),
    ],
    ['no import', 'serviceimports', () => []],
    [
      'a condition of an export',
      'serviceexports',
      (one) => condition(one, { reason: 'Other' }),
      'c1',
    ],
    ["a user's Service", 'services', () => [], 'c1'],
    ["a user's slice", 'endpointslices', (one) => ({ ...one, endpoints: [] }), 'c1'],
  ]
  test.each(cases.map(([name, ...rest]) => ({ name, rest })))('$name', async ({ rest }) => {
    const [resource, change, cluster] = rest
    const state = await exported()
    const other = changed(state, resource, change, cluster)
    expect(differences(other, state)).not.toEqual([])
    expect(differences(state, other)).not.toEqual([])
  })

  test('is reported as a missing or an unexpected line', async () => {
    const state = await exported()
    const other = changed(state, 'serviceexports', () => [], 'c1')
    expect(differences(other, state)).toEqual([
      expect.stringMatching(/^missing: c1 export ns\/web \{/),
    ])
    expect(differences(state, other)).toEqual([
      expect.stringMatching(/^unexpected: c1 export ns\/web \{/),
    ])
  })
})

describe('no difference', () => {
  const cases: readonly (readonly [string, FleetResource, Change])[] = [
    ['the names of slices', 'endpointslices', (one) => set(one, ['metadata', 'name'], 'other')],
    [
      'the packing of slices',
      'endpointslices',
      (one) => [
        { ...one, endpoints: endpoints(one).slice(0, 1) },
        { ...one, endpoints: endpoints(one).slice(1) },
      ],
    ],
    [
      'the order of endpoints',
      'endpointslices',
      (one) => ({ ...one, endpoints: endpoints(one).toReversed() }),
    ],
    ['versions', 'services', (one) => set(one, ['metadata', 'resourceVersion'], '999')],
    [
      'times of conditions',
      'serviceimports',
      (one) => condition(one, { lastTransitionTime: '2030-01-01T00:00:00Z' }),
    ],
    ['managers of fields', 'services', (one) => set(one, ['metadata', 'managedFields'], [])],
  ]
  test.each(cases)('%s', async (_, resource, change) => {
    const state = await exported()
    expect(differences(changed(state, resource, change), state)).toEqual([])
  })

  test('allocated addresses, where Service and import agree', async () => {
    const state = await exported()
    const ips = ['10.96.1.1', 'fd00:96::99']
    const moved = changed(state, 'services', (one) => {
      return set(set(one, ['spec', 'clusterIPs'], ips), ['spec', 'clusterIP'], ips[0])
    })
    const other = changed(moved, 'serviceimports', (one) => set(one, ['spec', 'ips'], [ips[0]]))
    expect(differences(other, state)).toEqual([])
  })
})

describe('an import that is no longer exported', () => {
  /** c2 imports ns/web, which c1 exported with session affinity and exports no longer. */
  async function unexported(spec: Body = {}): Promise<FleetObjects> {
    const fleet = createFleet()
    for (const cluster of ['c1', 'c2']) addNamespace(fleet.api(cluster), 'ns')
    addService(fleet.api('c1'), 'web', { sessionAffinity: 'ClientIP' })
    addExport(fleet.api('c1'), 'web')
    addImport(fleet.api('c2'), 'web', spec)
    await fleet.settle()
    fleet.api('c1').delete('serviceexports', 'ns/web')
    await fleet.settle()
    return fleet.objects()
  }

  test.each<[string, FleetResource, Change]>([
    ['no Service', 'services', () => []],
    ['the ports of the Service', 'services', (one) => set(one, ['spec', 'ports'], [])],
    ['a label of the Service', 'services', (one) => set(one, ['metadata', 'labels'], {})],
    [
      'the owner of the Service',
      'services',
      (one) => set(one, ['metadata', 'ownerReferences'], []),
    ],
    ['headless', 'services', (one) => set(one, ['spec', 'clusterIP'], 'None')],
    ['no address', 'serviceimports', (one) => set(one, ['spec', 'ips'], [])],
    [
      'an address that its Service does not have',
      'serviceimports',
      (one) => set(one, ['spec', 'ips'], ['10.9.9.9']),
    ],
    ['other families', 'serviceimports', (one) => set(one, ['spec', 'ipFamilies'], ['IPv6'])],
  ])('differs by: %s', async (_, resource, change) => {
    const state = await unexported()
    expect(differences(changed(state, resource, change), state)).not.toEqual([])
    expect(differences(state, changed(state, resource, change))).not.toEqual([])
  })

  test('does not differ by fields of its Service that the last export set', async () => {
    const state = await unexported()
    expect(state.get('c2')!.services).toMatchObject([{ spec: { sessionAffinity: 'ClientIP' } }])
    expect(differences(state, await settledFleet(usersObjects(state)))).toEqual([])
  })

  test('differs by an affinity that it sets itself', async () => {
    const state = await unexported({ sessionAffinity: 'ClientIP' })
    const other = (one: Body) => set(one, ['spec', 'sessionAffinity'], 'None')
    expect(differences(changed(state, 'services', other), state)).not.toEqual([])
  })

  test('does not differ by its Service and addresses when it has no ports of its own', async () => {
    const state = await unexported({ ports: [] })
    expect(state.get('c2')!.services).toHaveLength(1)
    expect(differences(state, await settledFleet(usersObjects(state)))).toEqual([])
  })
})

test("a new controller computes the same state from the users' objects", async () => {
  const state = await exported()
  const users = usersObjects(state)
  expect(users.get('c2')!.services).toEqual([])
  expect(users.get('c2')!.endpointslices).toEqual([])
  expect(users.get('c2')!.serviceimports).toMatchObject([{ metadata: { name: 'web' } }])
  expect(users.get('c2')!.serviceimports[0]).not.toHaveProperty('status')
  expect(users.get('c2')!.serviceimports[0]).not.toHaveProperty('spec.ips')
  expect(differences(await settledFleet(users), state)).toEqual([])
})

describe('a trespass', () => {
  const mark = (fields: Body) => (object: Body) =>
    set(
      object,
      ['metadata', 'managedFields'],
      [{ manager: 'clusterset-dns-fleet', fieldsV1: fields }],
    )

  test("is not reported for the fleet's own objects", async () => {
    expect(trespasses(await exported())).toEqual([])
  })
  test.each([
    ["a user's Service", 'services', { 'f:spec': {} }],
    ["a user's slice", 'endpointslices', { 'f:endpoints': {} }],
    ["an export's spec", 'serviceexports', { 'f:spec': { 'f:exportedLabels': {} } }],
    ["an export's labels", 'serviceexports', { 'f:metadata': {} }],
  ] as const)('%s', async (_, resource, fields) => {
    const name = resource === 'endpointslices' ? 'web-abcde' : 'web'
    expect(trespasses(changed(await exported(), resource, mark(fields), 'c1'))).toEqual([
      `c1 ${resource} ns/${name}`,
    ])
  })
  test.each([
    ['a port', { 'f:spec': { 'f:ports': {} } }, true],
    ['a label', { 'f:metadata': { 'f:labels': {} } }, true],
    [
      'another annotation',
      { 'f:metadata': { 'f:annotations': { '.': {}, 'f:example.test/a': {} } } },
      true,
    ],
    [
      'the name of its Service',
      {
        'f:metadata': {
          'f:annotations': { '.': {}, 'f:multicluster.kubernetes.io/derived-service': {} },
        },
      },
      false,
    ],
    [
      'its addresses and status',
      { 'f:spec': { 'f:ips': {}, 'f:ipFamilies': {} }, 'f:status': {} },
      false,
    ],
  ])("of a user's import: %s", async (_, fields, wanted) => {
    const found = trespasses(changed(await exported(), 'serviceimports', mark(fields)))
    expect(found).toEqual(wanted ? ['c2 serviceimports ns/web'] : [])
  })
})
