// What the operator of the hub does not allow a member: its exports do not count, its imports get nothing, and conditions
// and Events say so.
import { describe, expect, test } from 'vitest'
import { parseCidr, rangeTest } from '../../src/fleet/api/address-ranges.ts'
import { endpointPolicy } from '../../src/fleet/api/endpoint-addresses.ts'
import { type MemberPolicy, openPolicy } from '../../src/fleet/api/member-policy.ts'
import { nestedObject, objectsOf } from '../../src/fleet/api/unstructured.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  createFleet,
  type FleetOptions,
  type TestFleet,
} from './embedded.ts'

/** The policies of c1 and c2; `policies` may be changed. */
async function userFlow(policies: Map<string, Partial<MemberPolicy>>, options: FleetOptions = {}) {
  const policyOf = (name: string) => ({ ...openPolicy, ...policies.get(name) })
  const fleet = createFleet({ policyOf, ...options })
  for (const name of fleet.apis.keys()) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web')
  addSlice(fleet.api('c1'), 'web', ['10.1.0.1'])
  addExport(fleet.api('c1'), 'web')
  if (options.mode !== 'auto') addImport(fleet.api('c2'), 'web')
  await fleet.settle()
  return fleet
}

/** "Valid=True/Valid Ready=False/NamespaceDenied" */
function conditions(fleet: TestFleet, cluster: string, resource: Resource): string {
  const status = nestedObject(fleet.get(cluster, resource, 'ns/web'), 'status')
  const list = objectsOf(status.conditions)
  return list.map(({ type, status, reason }) => `${type}=${status}/${reason}`).join(' ')
}

type Resource = 'serviceexports' | 'serviceimports'

/** The derived Services and the imported EndpointSlices of a cluster. */
function derived(fleet: TestFleet, cluster: string): readonly unknown[] {
  const names = (['services', 'endpointslices'] as const).flatMap((resource) =>
    fleet.api(cluster).list(resource),
  )
  return names
    .map((object) => nestedObject(object, 'metadata').name)
    .filter((name) => String(name).startsWith('amcs-'))
}

const denied = () => false

describe('an export in a namespace that its member may not export from', () => {
  test('is valid but not ready, with an Event, and is in no import', async () => {
    const fleet = await userFlow(new Map([['c1', { exportsFrom: denied }]]))
    expect(conditions(fleet, 'c1', 'serviceexports')).toBe(
      'Valid=True/Valid Ready=False/NamespaceDenied Conflict=False/NoConflicts',
    )
    expect(conditions(fleet, 'c2', 'serviceimports')).toBe('Ready=False/Pending')
    const [event] = fleet.api('c1').events
    expect(event).toMatchObject({ type: 'Warning', reason: 'NamespaceDenied' })
    expect(event?.message).toContain('export from the namespace "ns" (namespaces.export of the')
  })

  test('takes no part in conflicts, and the others do not see it', async () => {
    const fleet = await userFlow(new Map([['c1', { exportsFrom: denied }]]))
    addService(fleet.api('c2'), 'web', { sessionAffinity: 'ClientIP' })
    addExport(fleet.api('c2'), 'web')
    await fleet.settle()
    expect(conditions(fleet, 'c2', 'serviceexports')).toContain('Conflict=False/NoConflicts')
    expect(fleet.get('c2', 'serviceimports', 'ns/web')).toMatchObject({
      status: { clusters: [{ cluster: 'c2' }] },
    })
  })

  test('loses what was imported from it when the policy changes, and gets it back', async () => {
    const policies = new Map<string, Partial<MemberPolicy>>()
    const fleet = await userFlow(policies)
    expect(derived(fleet, 'c2')).toHaveLength(2)
    policies.set('c1', { exportsFrom: denied })
    fleet.controller.policiesChanged()
    await fleet.settle()
    expect(derived(fleet, 'c2')).toEqual(['amcs-web'])
    policies.clear()
    fleet.controller.policiesChanged()
    await fleet.settle()
    expect(derived(fleet, 'c2')).toHaveLength(2)
    expect(conditions(fleet, 'c1', 'serviceexports')).toContain('Ready=True/Exported')
  })
})

describe('in a namespace that a member may not import into', () => {
  test('a user’s import gets no Service, no endpoints and a condition with an Event', async () => {
    const fleet = await userFlow(new Map([['c2', { importsInto: denied }]]))
    expect(derived(fleet, 'c2')).toEqual([])
    expect(conditions(fleet, 'c2', 'serviceimports')).toBe('Ready=False/NamespaceDenied')
    const [event] = fleet.api('c2').events
    expect(event).toMatchObject({ type: 'Warning', reason: 'NamespaceDenied' })
    expect(event?.message).toContain('import into the namespace "ns" (namespaces.import of the')
  })

  test('mode auto creates no import there, but in the other clusters', async () => {
    const fleet = await userFlow(new Map([['c2', { importsInto: denied }]]), { mode: 'auto' })
    expect(fleet.get('c2', 'serviceimports', 'ns/web')).toBeUndefined()
    expect(fleet.get('c1', 'serviceimports', 'ns/web')).toBeDefined()
    expect(derived(fleet, 'c2')).toEqual([])
  })

  test.each(['auto', 'manual'] as const)(
    'what was imported in mode %s goes when the policy changes',
    async (mode) => {
      const policies = new Map<string, Partial<MemberPolicy>>()
      const fleet = await userFlow(policies, { mode })
      policies.set('c2', { importsInto: denied })
      fleet.controller.policiesChanged()
      await fleet.settle()
      expect(derived(fleet, 'c2')).toEqual([])
      const left = fleet.get('c2', 'serviceimports', 'ns/web')
      if (mode === 'auto') expect(left).toBeUndefined()
      else expect(left).toMatchObject({ spec: { ips: [] }, status: { clusters: [] } })
      policies.clear()
      fleet.controller.policiesChanged()
      await fleet.settle()
      expect(derived(fleet, 'c2')).toHaveLength(2)
      expect(conditions(fleet, 'c2', 'serviceimports')).toBe('Ready=True/Ready')
    },
  )

  test('an unreachable source is no longer named, so nothing is frozen', async () => {
    const policies = new Map<string, Partial<MemberPolicy>>()
    const fleet = await userFlow(policies)
    policies.set('c2', { importsInto: denied })
    await fleet.restart(['c2'])
    await fleet.settle()
    expect(derived(fleet, 'c2')).toEqual([])
    expect(conditions(fleet, 'c2', 'serviceimports')).toBe('Ready=False/NamespaceDenied')
  })
})

describe('the endpoints of another cluster', () => {
  const addresses = (fleet: TestFleet, cluster: string) =>
    fleet
      .api(cluster)
      .list('endpointslices')
      .filter((slice) => String(nestedObject(slice, 'metadata').name).startsWith('amcs-'))
      .flatMap(({ endpoints }) => objectsOf(endpoints).flatMap((one) => one.addresses))
      .sort()
  const ready = (fleet: TestFleet) => {
    const status = nestedObject(fleet.get('c2', 'serviceimports', 'ns/web'), 'status')
    return objectsOf(status.conditions).find(({ type }) => type === 'Ready')
  }
  const reasons = (fleet: TestFleet, cluster: string) =>
    fleet.api(cluster).events.map(({ reason }) => reason)

  test('in special-purpose ranges are left out, which the export tells', async () => {
    const fleet = await userFlow(new Map())
    addSlice(fleet.api('c1'), 'web', ['10.1.0.1', '239.1.2.3', '100.100.100.200'])
    await fleet.settle()
    expect(addresses(fleet, 'c2')).toEqual(['10.1.0.1'])
    expect(reasons(fleet, 'c1')).toContain('EndpointsLeftOut')
    const valid = JSON.stringify(fleet.get('c1', 'serviceexports', 'ns/web')?.status)
    expect(valid).toContain('(a special-purpose address: multicast)')
    expect(valid).toContain('(a metadata address of a cloud)')
  })

  test('outside the endpointCIDRs of their cluster are left out', async () => {
    const endpoints = endpointPolicy([parseCidr('10.1.0.0/24')!])
    const fleet = await userFlow(new Map([['c1', { endpoints }]]))
    addSlice(fleet.api('c1'), 'web', ['10.1.0.1', '10.1.1.1'])
    await fleet.settle()
    expect(addresses(fleet, 'c2')).toEqual(['10.1.0.1'])
    expect(reasons(fleet, 'c1')).toContain('EndpointsLeftOut')
  })

  test('with an address of a Service or in the ownCIDRs here are left out, which the import tells', async () => {
    const isOwn = rangeTest([parseCidr('10.250.0.0/16')!])
    const fleet = await userFlow(new Map([['c2', { isOwn }]]))
    addService(fleet.api('c2'), 'kubernetes', { clusterIP: '10.96.0.77' })
    const [own] = nestedObject(fleet.get('c2', 'services', 'ns/kubernetes'), 'spec')
      .clusterIPs as string[]
    addSlice(fleet.api('c1'), 'web', ['10.1.0.1', own!, '10.250.0.9', '10.250.0.8'])
    await fleet.settle()
    expect(addresses(fleet, 'c2')).toEqual(['10.1.0.1'])
    expect(ready(fleet)).toMatchObject({
      status: 'True',
      message:
        'The service has been imported. Endpoints are left out: ' +
        `addresses such as 10.250.0.8, in the ownCIDRs of this cluster (cluster c1); ` +
        `addresses such as ${own}, a ClusterIP of this cluster (cluster c1).`,
    })
    expect(reasons(fleet, 'c2')).toContain('EndpointsLeftOut')
    expect(reasons(fleet, 'c1')).not.toContain('EndpointsLeftOut')
  })

  test('are the importing cluster’s own affair where it imports from itself', async () => {
    const isOwn = rangeTest([parseCidr('10.1.0.0/16')!])
    const fleet = await userFlow(new Map([['c1', { isOwn }]]))
    addImport(fleet.api('c1'), 'web')
    await fleet.settle()
    expect(addresses(fleet, 'c1')).toEqual(['10.1.0.1'])
  })
})

describe('labels and annotations that an export does not hand on', () => {
  const exported = {
    spec: {
      exportedLabels: { team: 'a', 'app.kubernetes.io/managed-by': 'Helm' },
      exportedAnnotations: { note: 'x', 'argocd.argoproj.io/tracking-id': 'shop:/Service:ns/web' },
    },
  }

  test('are not in the import, which an Event tells', async () => {
    const fleet = await userFlow(new Map(), { mode: 'auto' })
    addExport(fleet.api('c1'), 'web', exported)
    await fleet.settle()
    const { labels, annotations } = nestedObject(
      fleet.get('c2', 'serviceimports', 'ns/web'),
      'metadata',
    )
    expect(labels).toMatchObject({ team: 'a' })
    expect(annotations).toMatchObject({ note: 'x' })
    expect(JSON.stringify({ labels, annotations })).not.toMatch(/managed-by|tracking-id/)
    expect(fleet.api('c1').events.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['LabelsLeftOut', 'AnnotationsLeftOut']),
    )
  })

  test('cause no conflict where they differ', async () => {
    const fleet = await userFlow(new Map())
    addExport(fleet.api('c1'), 'web', { spec: { exportedLabels: { 'helm.sh/chart': 'web-1' } } })
    addService(fleet.api('c2'), 'web')
    addExport(fleet.api('c2'), 'web', { spec: { exportedLabels: { 'helm.sh/chart': 'web-2' } } })
    await fleet.settle()
    expect(conditions(fleet, 'c1', 'serviceexports')).toContain('Conflict=False/NoConflicts')
  })

  test('are those that the policy of the cluster names', async () => {
    const policies = new Map([['c1', { isReservedKey: (key: string) => key === 'team' }]])
    const fleet = await userFlow(policies, { mode: 'auto' })
    addExport(fleet.api('c1'), 'web', exported)
    await fleet.settle()
    const metadata = nestedObject(fleet.get('c2', 'serviceimports', 'ns/web'), 'metadata')
    expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'Helm' })
    expect(metadata.labels).not.toHaveProperty('team')
  })
})

describe('of too many exports', () => {
  const limits = { perNamespace: 2, perMember: 100 }
  const imports = (fleet: TestFleet) =>
    fleet
      .api('c2')
      .list('serviceimports')
      .map((object) => String(nestedObject(object, 'metadata').name))
      .sort()
  const add = async (fleet: TestFleet, name: string) => {
    addService(fleet.api('c1'), name)
    addExport(fleet.api('c1'), name)
    await fleet.settle()
    fleet.clock.advance(1000)
  }

  test('in a namespace the oldest count, and the others tell it', async () => {
    const fleet = await userFlow(new Map([['c1', { quota: limits }]]), { mode: 'auto' })
    fleet.clock.advance(1000)
    for (const name of ['b', 'a']) await add(fleet, name)
    expect(imports(fleet)).toEqual(['b', 'web'])
    const { conditions } = nestedObject(fleet.get('c1', 'serviceexports', 'ns/a'), 'status')
    expect(objectsOf(conditions)).toContainEqual(
      expect.objectContaining({
        type: 'Ready',
        status: 'False',
        reason: 'TooManyExports',
        message:
          'Of this namespace "ns" only the oldest 2 ServiceExports count (maxExportsPerNamespace of the member).',
      }),
    )
    expect(fleet.api('c1').events.at(-1)).toMatchObject({ reason: 'TooManyExports' })
  })

  test('the next one counts when an older one goes, also after a restart', async () => {
    const fleet = await userFlow(new Map([['c1', { quota: limits }]]), { mode: 'auto' })
    fleet.clock.advance(1000)
    for (const name of ['c', 'b', 'a']) await add(fleet, name)
    await fleet.restart()
    await fleet.settle()
    expect(imports(fleet)).toEqual(['c', 'web'])
    fleet.api('c1').delete('serviceexports', 'ns/web')
    await fleet.settle()
    expect(imports(fleet)).toEqual(['b', 'c'])
  })

  test('those in a namespace that the cluster may not export from do not count', async () => {
    const policy = {
      quota: { perNamespace: 2, perMember: 1 },
      exportsFrom: (n: string) => n === 'ns',
    }
    const fleet = createFleet({ policyOf: () => ({ ...openPolicy, ...policy }), mode: 'auto' })
    for (const name of ['ns', 'other']) {
      for (const cluster of fleet.apis.keys()) addNamespace(fleet.api(cluster), name)
    }
    addExport(fleet.api('c1'), 'first', { metadata: { namespace: 'other' } })
    await fleet.settle()
    fleet.clock.advance(1000)
    await add(fleet, 'web')
    expect(imports(fleet)).toEqual(['web'])
  })

  test('a larger limit applies at once', async () => {
    const policies = new Map<string, Partial<MemberPolicy>>([['c1', { quota: limits }]])
    const fleet = await userFlow(policies, { mode: 'auto' })
    fleet.clock.advance(1000)
    for (const name of ['b', 'a']) await add(fleet, name)
    policies.clear()
    fleet.controller.policiesChanged()
    await fleet.settle()
    expect(imports(fleet)).toEqual(['a', 'b', 'web'])
  })
})

test('a policy is that of the configured name, whatever id the cluster has', async () => {
  const asked = new Set<string>()
  const policyOf = (name: string) => {
    asked.add(name)
    return openPolicy
  }
  await userFlow(new Map(), { policyOf })
  expect([...asked].sort()).toEqual(['c1', 'c2'])
})
