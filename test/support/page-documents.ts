// Documents of a made-up fleet, as the page gets them.
import type { Link } from '../../src/fleet/explain/link.ts'
import type {
  Flow,
  MapDocument,
  PropagationDocument,
  PropagationPair,
  ServiceCounts,
  ServiceDocument,
  ServiceRow,
  ServicesDocument,
} from '../../src/fleet/page/document.ts'
import type { ClusterStatus } from '../../src/fleet/status/document.ts'
import { clusterStatus } from './status-document.ts'

const TIME = '2026-01-01T12:00:00.000Z'
const head = {
  apiVersion: 'clusterset-dns.io/v1',
  time: TIME,
  observer: 'leader',
  leader: { holder: 'fleet-0', renewed: TIME },
} as const
const hub = { name: 'in-cluster', member: 'east', reached: true, message: '' }

/** A cluster that is ready. */
export function cluster(name: string, change: Partial<ClusterStatus> = {}): ClusterStatus {
  return { ...clusterStatus, name, id: name, hub: name === 'east', ...change }
}

/** A cluster that cannot be reached. */
export function awayCluster(name: string): ClusterStatus {
  const message = `${name} cannot be reached: connect ECONNREFUSED 10.0.0.7:6443`
  return cluster(name, { state: 'away', code: 'API_UNREACHABLE', message, phase: 'suspect' })
}

/** Each cluster serves each other one. */
export function allFlows(names: readonly string[]): readonly Flow[] {
  return names.flatMap((source, i) =>
    names
      .filter((consumer) => consumer !== source)
      .map((consumer, k) => ({
        source,
        consumer,
        services: 1 + ((i * 7 + k * 13) % 40),
        endpoints: 3 + ((i * 5 + k * 3) % 90),
        p99Seconds: 0.02 * (1 + ((i + k) % 9)),
      })),
  )
}

/** The counts of rows. */
export function countsOf(services: readonly ServiceRow[]): ServiceCounts {
  const inState = (state: ServiceRow['state']) =>
    services.filter((row) => row.state === state).length
  return {
    holds: inState('holds'),
    warning: inState('warning'),
    broken: inState('broken'),
    failed: inState('failed'),
    unseen: inState('unseen'),
    total: services.length,
    conflicts: services.filter(({ conflicts }) => conflicts.length > 0).length,
  }
}

/** The map of these clusters. */
export function mapDocument(
  clusters: readonly ClusterStatus[],
  services: ServiceCounts,
  flows: readonly Flow[] = allFlows(clusters.map(({ name }) => name)),
): MapDocument {
  const healthy = clusters.every(({ state }) => state === 'ready')
  return { ...head, kind: 'FleetMap', healthy, hub, clusters, flows, lags: [], services }
}

/** A service that is whole: exported by the first cluster, imported by all. */
export function row(service: string, change: Partial<ServiceRow> = {}): ServiceRow {
  return {
    service,
    state: 'holds',
    link: null,
    at: '',
    text: '',
    type: 'ClusterSetIP',
    sources: [[0, 3]],
    importers: [0, 1],
    conflicts: [],
    address: '10.96.0.3',
    pendingSince: '',
    ...change,
  }
}

/** A service whose importing cluster `west` (1) has no namespace. */
export function brokenRow(service: string): ServiceRow {
  const text = `west has no namespace ${service.split('/')[0]}, so it imports nothing into it.`
  return row(service, { state: 'broken', link: 'namespace', at: 'west', text, importers: [0] })
}

/** `total` services in namespaces of 40, of which one in 50 has a warning, one in 400 is broken, one in 250 in conflict. */
export function manyRows(total: number, clusters: number): readonly ServiceRow[] {
  const rows = Array.from({ length: total }, (_, i) => {
    const namespace = `team-${String(Math.floor(i / 40)).padStart(4, '0')}`
    const service = `${namespace}/service-${String(i % 40).padStart(2, '0')}`
    const sources = [[i % clusters, 1 + (i % 9)] as const, [(i + 1) % clusters, 2] as const]
    const importers = [(i + 2) % clusters, (i + 3) % clusters, (i + 5) % clusters]
    const address = `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`
    const common = { sources: sources.slice(0, 1 + (i % 2)), importers, address }
    const conflicts = i % 250 === 7 ? ['PortConflict'] : []
    if (i % 400 === 13) return { ...brokenRow(service), ...common, conflicts }
    if (i % 50 !== 20) return row(service, { ...common, conflicts })
    const text = '1 of 3 endpoints is not ready.'
    return row(service, { ...common, state: 'warning', link: 'endpoints', at: 'east', text })
  })
  return rows
}

/** The table of these services. */
export function servicesDocument(
  services: readonly ServiceRow[],
  clusters: readonly string[],
  revision: string,
): ServicesDocument {
  return { ...head, kind: 'FleetServices', revision, clusters, services }
}

/** The way of a service, which is broken at the namespace of `west` for a broken row. */
export function serviceDocument(one: ServiceRow): ServiceDocument {
  const [namespace = '', name = ''] = one.service.split('/')
  const isBroken = one.state === 'broken'
  const [command, text] = [`kubectl --context west create namespace ${namespace}`, one.text]
  const links: readonly Link[] = [
    {
      id: 'cluster',
      at: 'east',
      state: 'holds',
      text: 'Kubernetes v1.34.1 at https://10.0.0.1:6443.',
    },
    {
      id: 'cluster',
      at: 'west',
      state: 'holds',
      text: 'Kubernetes v1.34.1 at https://10.0.0.2:6443.',
    },
    { id: 'crds', at: 'east', state: 'holds', text: 'ServiceExports and ServiceImports v1alpha1.' },
    { id: 'crds', at: 'west', state: 'holds', text: 'ServiceExports and ServiceImports v1alpha1.' },
    { id: 'fleet', at: '', state: 'holds', text: 'fleet-0 leads; it renewed its Lease 3 s ago.' },
    { id: 'export', at: 'east', state: 'holds', text: 'ServiceExport of 2026-01-01.' },
    { id: 'service', at: 'east', state: 'holds', text: 'ClusterIP 10.96.0.3, port http 80/TCP.' },
    {
      id: 'endpoints',
      at: 'east',
      state: 'warning',
      text: '3 ready endpoints; web-2 is not ready: its container is waiting (ImagePullBackOff).',
    },
    { id: 'valid', at: 'east', state: 'holds', text: 'Valid and Ready.' },
    { id: 'conflicts', at: '', state: 'holds', text: 'All exports agree.' },
    isBroken
      ? { id: 'namespace', at: 'west', state: 'broken', text, command }
      : { id: 'namespace', at: 'west', state: 'holds', text: `${namespace} is there.` },
    { id: 'import', at: 'east', state: 'holds', text: 'ClusterSetIP, made by the fleet.' },
    { id: 'slices', at: 'east', state: 'holds', text: '3 addresses of east.' },
    {
      id: 'dns',
      at: '',
      state: 'unseen',
      text: 'No DNS server was named.',
      command: `dig @SERVER ${name}.${namespace}.svc.clusterset.local`,
    },
  ]
  const condition = {
    status: 'True',
    message: '',
    lastTransitionTime: '2026-01-01T11:58:02Z',
  } as const
  return {
    ...head,
    kind: 'FleetService',
    service: one.service,
    missing: false,
    explanation: {
      namespace,
      name,
      zone: 'clusterset.local',
      links,
      clusters: ['east', 'west'],
      answers: [],
    },
    firstBroken: isBroken ? links.findIndex(({ state }) => state === 'broken') : null,
    conditions: [
      {
        cluster: 'east',
        kind: 'ServiceExport',
        conditions: [
          { ...condition, type: 'Valid', reason: 'Valid' },
          { ...condition, type: 'Conflict', status: 'False', reason: 'NoConflicts' },
        ],
      },
      { cluster: 'west', kind: 'ServiceImport', conditions: [] },
    ],
    historySince: '2026-01-01T09:00:00.000Z',
    history: [
      {
        time: '2026-01-01T11:59:12.120Z',
        cluster: 'east',
        kind: 'endpoints',
        text: '3 ready endpoints, 2 before',
        warning: false,
      },
      {
        time: '2026-01-01T11:58:40.005Z',
        cluster: 'west',
        kind: 'event',
        text: 'NamespaceMissing: create the namespace to import the service',
        warning: true,
      },
      {
        time: '2026-01-01T11:58:02.340Z',
        cluster: 'east',
        kind: 'dns',
        text: '10.96.0.3, none before',
        warning: false,
      },
      {
        time: '2026-01-01T11:58:02.000Z',
        cluster: 'east',
        kind: 'export',
        text: 'created',
        warning: false,
      },
    ],
  }
}

/** The answer for a name that no cluster knows. */
export function missingService(service: string): ServiceDocument {
  const whole = serviceDocument(row(service))
  const { explanation } = whole
  const text = 'No cluster has a ServiceExport of this name.'
  const command = `kubectl --context east -n ${explanation.namespace} apply -f - <<< 'kind: ServiceExport'`
  const links: readonly Link[] = [{ id: 'export', at: '', state: 'broken', text, command }]
  return {
    ...whole,
    missing: true,
    explanation: { ...explanation, links },
    firstBroken: 0,
    conditions: [],
    history: [],
  }
}

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, null]

/** Histograms of all pairs. */
export function propagationDocument(names: readonly string[]): PropagationDocument {
  const pairs = allFlows(names).map(({ source, consumer, services }, i): PropagationPair => {
    const peak = 2 + (i % 5)
    const buckets = BOUNDS.map((bound, k) => {
      const changes = Math.round(services * 6 * Math.exp(-((k - peak) ** 2) / 3))
      return [bound, changes] as const
    })
    const changes = buckets.reduce((sum, [, one]) => sum + one, 0)
    const [p50Seconds, p99Seconds] = [BOUNDS[peak]!, BOUNDS[peak + 3]!]
    return { source, consumer, changes, p50Seconds, p99Seconds, buckets }
  })
  const [source = '', consumer = ''] = names
  return {
    ...head,
    kind: 'FleetPropagation',
    pairs,
    slowest: [3.4, 1.2, 0.8].map((seconds, i) => ({
      service: `shop/${['checkout', 'web', 'search'][i]}`,
      source,
      consumer,
      seconds,
      time: TIME,
    })),
    retries: [
      {
        cluster: consumer,
        service: 'shop/checkout',
        message: 'admission webhook "policy.example" denied the request: namespace shop is frozen',
      },
    ],
  }
}
