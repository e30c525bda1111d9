// A service that is whole: east exports web, west imports it, and DNS answers. Tests change one fact of it.
import { openPolicy } from '../../../src/fleet/api/member-policy.ts'
import type {
  ExportRecord,
  ImportRecord,
  NamespaceView,
  ServiceRecord,
  ServiceSnapshot,
  SliceRecord,
} from '../../../src/fleet/api/records.ts'
import type {
  ClusterFacts,
  DnsFacts,
  DnsOutcome,
  MemberLease,
  ServiceFacts,
} from '../../../src/fleet/explain/facts.ts'
import { derivedView, exportView, importView, ports, serviceView, sliceView } from '../fixtures.ts'

export const NOW = Date.parse('2026-01-01T01:00:00Z')

const condition = (type: string, status: 'True' | 'False', reason: string, message: string) => {
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' }
}

export const namespaceView: NamespaceView = { mode: undefined, unknownMode: '', terminating: false }

export function exportRecord(change: Partial<ExportRecord> = {}): ExportRecord {
  const conditions = [condition('Valid', 'True', 'Valid', 'It is exportable.')]
  return { ...exportView({ cluster: 'east', conditions }), deleting: false, ...change }
}

export function serviceRecord(change: Partial<ServiceRecord> = {}): ServiceRecord {
  const own = {
    clusterIPs: ['10.1.0.1'],
    name: 'web',
    namespace: 'ns',
    labels: {},
    hasSelector: true,
  }
  return { ...derivedView(), ...serviceView(), ownerReferences: [], ...own, ...change }
}

export function importRecord(change: Partial<ImportRecord> = {}): ImportRecord {
  const conditions = [condition('Ready', 'True', 'Ready', 'The service has been imported.')]
  const ips = ['10.96.0.7']
  return { ...importView({ clusters: ['east'], ips, conditions }), deleting: false, ...change }
}

export function notReady(reason: string, message: string) {
  return [condition('Ready', 'False', reason, message)]
}

export function sliceRecord(
  portText: string,
  endpoints: Parameters<typeof sliceView>[1],
  labels: Readonly<Record<string, string>> = {},
): SliceRecord {
  const id = { name: 'web-1', uid: 'slice-uid', resourceVersion: '1', namespace: 'ns' }
  const times = { creationTimestamp: '2026-01-01T00:00:00Z', ownerReferences: [], deleting: false }
  return { ...sliceView(portText, endpoints, { labels }), ...id, ...times }
}

const FROM_EAST = { 'multicluster.kubernetes.io/source-cluster': 'east' }

const empty: ServiceSnapshot = {
  namespace: namespaceView,
  export: undefined,
  service: undefined,
  slices: [],
  import: undefined,
  derived: undefined,
  imported: [],
}

export function clusterFacts(
  name: string,
  snapshot: Partial<ServiceSnapshot>,
  change: Partial<ClusterFacts> = {},
): ClusterFacts {
  return {
    name,
    id: name,
    kubectl: `kubectl --context ${name}`,
    server: 'Kubernetes v1.34.0 at https://127.0.0.1:6443',
    problem: undefined,
    unread: new Map(),
    snapshot: { ...empty, ...snapshot },
    policy: openPolicy,
    endpoints: [],
    selector: '',
    rights: { account: 'the account of the fleet', missing: [] },
    changedAt: NOW - 60_000,
    ...change,
  }
}

/** The source cluster. */
export function east(
  snapshot: Partial<ServiceSnapshot> = {},
  change: Partial<ClusterFacts> = {},
): ClusterFacts {
  const own = {
    export: exportRecord(),
    service: serviceRecord(),
    slices: [sliceRecord('http:8080', ['10.1.0.21', '10.1.0.22'])],
  }
  const endpoints = ['10.1.0.21', '10.1.0.22'].map((address, i) => {
    return { address, pod: `web-${i}`, ready: true, why: '' }
  })
  return clusterFacts(
    'east',
    { ...own, ...snapshot },
    { endpoints, selector: 'app=web', ...change },
  )
}

/** The importing cluster. */
export function west(
  snapshot: Partial<ServiceSnapshot> = {},
  change: Partial<ClusterFacts> = {},
): ClusterFacts {
  const own = {
    import: importRecord(),
    derived: serviceRecord({ ...derivedView(), name: 'amcs-web', ports: ports('http:80') }),
    imported: [sliceRecord('http:8080', ['10.1.0.21', '10.1.0.22'], FROM_EAST)],
  }
  return clusterFacts('west', { ...own, ...snapshot }, change)
}

export function memberLease(id: string, change: Partial<MemberLease> = {}): MemberLease {
  return { id, uid: `uid-${id}`, ageMs: 4000, durationMs: 30_000, hasLeft: false, ...change }
}

type Reply = Extract<DnsOutcome, { kind: 'reply' }>

/** One question for A, by default with the right answer. */
export function dns(change: Partial<Reply> = {}): DnsFacts[] {
  const outcome: Reply = {
    kind: 'reply',
    rcode: 'NOERROR',
    ede: undefined,
    authoritative: true,
    addresses: ['10.96.0.7'],
    ttl: 5,
    soa: undefined,
    ...change,
  }
  return [{ server: '10.0.0.1:53', type: 'A', outcome }]
}

/** All facts of the whole service, with changes. */
export function serviceFacts(change: Partial<ServiceFacts> = {}): ServiceFacts {
  return {
    namespace: 'ns',
    name: 'web',
    zone: 'clusterset.local',
    now: NOW,
    clusters: [east(), west()],
    from: undefined,
    importMode: 'manual',
    hub: 'kubectl --context east',
    leader: { cluster: 'east', holder: 'replica-1', ageMs: 3000, durationMs: 15_000 },
    members: ['east', 'west'].map((id) => memberLease(id)),
    dns: dns(),
    clusterDns: dns(),
    ...change,
  }
}
