// Random operations of users, chosen by seed and sent to a real API server. Some are invalid at the time and are
// rejected, as intended; some change objects of the fleet.
import type { FleetResource } from '../../src/fleet/api/records.ts'
import type { Body } from '../../src/fleet/api/writes.ts'
import type { Cluster } from '../support/cluster.ts'
import type { Random } from '../support/random.ts'

/** One operation of a user. */
export interface Operation {
  /** Id of the cluster. */
  readonly cluster: string
  /** `create` creates, `edit` patches, `apply` does either. */
  readonly verb: 'create' | 'apply' | 'edit' | 'delete'
  readonly resource: FleetResource
  /** For a Namespace: its own name. */
  readonly namespace: string
  /** A number selects an imported EndpointSlice of the namespace by its index, modulo their count. */
  readonly name: string | number
  readonly body?: Body
  readonly status?: boolean
}

/** The result of an operation: the final HTTP status and the object's name. */
interface Outcome {
  readonly status: number
  readonly name: string
}

const MCS_GROUP = 'multicluster.x-k8s.io'
const kinds: Readonly<Record<FleetResource, readonly [apiVersion: string, kind: string]>> = {
  namespaces: ['v1', 'Namespace'],
  services: ['v1', 'Service'],
  endpointslices: ['discovery.k8s.io/v1', 'EndpointSlice'],
  serviceexports: [`${MCS_GROUP}/v1alpha1`, 'ServiceExport'],
  serviceimports: [`${MCS_GROUP}/v1alpha1`, 'ServiceImport'],
}
const IMPORTED = encodeURIComponent('multicluster.kubernetes.io/service-name')
/** Statuses of invalid operations: terminating namespace, not found, already exists or conflict, immutable field. */
const REFUSALS = [403, 404, 409, 422]

/** The path of a resource's objects in a namespace. */
export function pathOf(resource: FleetResource, namespace: string): string {
  const [apiVersion] = kinds[resource]
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  return resource === 'namespaces'
    ? `${base}/namespaces`
    : `${base}/namespaces/${namespace}/${resource}`
}

/** Performs the operation. Throws on a status that is neither a success nor in REFUSALS. */
export async function perform(cluster: Cluster, operation: Operation): Promise<Outcome> {
  const { verb, resource, namespace, body = {}, status = false } = operation
  const name = await nameOf(cluster, operation)
  const path = pathOf(resource, namespace)
  const [apiVersion, kind] = kinds[resource]
  const metadata = {
    ...(body.metadata as Body | undefined),
    name,
    ...(resource === 'namespaces' ? {} : { namespace }),
  }
  const patch = () =>
    cluster.request('PATCH', `${path}/${name}${status ? '/status' : ''}`, body, {
      contentType: 'application/merge-patch+json',
    })
  const create = () => cluster.request('POST', path, { apiVersion, kind, ...body, metadata })
  const attempt = async () => {
    if (verb === 'delete') return cluster.request('DELETE', `${path}/${name}`)
    if (verb === 'edit') return patch()
    const created = await create()
    return verb === 'create' || created.status !== 409 ? created : patch()
  }
  const answer = await attempt()
  if (answer.status < 300 || REFUSALS.includes(answer.status))
    return { status: answer.status, name }
  throw new Error(`${verb} ${path}/${name}: ${answer.status} ${JSON.stringify(answer.body)}`)
}

async function nameOf(cluster: Cluster, { namespace, name }: Operation): Promise<string> {
  if (typeof name === 'string') return name
  const path = `${pathOf('endpointslices', namespace)}?labelSelector=${IMPORTED}`
  const { body } = await cluster.request<{ items: { metadata: { name: string } }[] }>('GET', path)
  return body.items[name % body.items.length]?.metadata.name ?? 'none'
}

interface OperationOptions {
  readonly clusters: readonly string[]
  /** Namespaces with the import mode of their annotation; undefined: none. */
  readonly namespaces: ReadonlyMap<string, string | undefined>
  readonly names: readonly string[]
}

type Draft = Omit<Operation, 'cluster' | 'namespace'>

/** A random operation. */
export function randomOperation(random: Random, options: OperationOptions): Operation {
  const cluster = random.pick(options.clusters)
  const namespace = random.pick([...options.namespaces.keys()])
  const name = random.pick(options.names)
  // Creates or deletes the namespace.
  if (random.chance(10)) {
    if (!random.chance(8))
      return addNamespace(cluster, namespace, options.namespaces.get(namespace))
    return { cluster, verb: 'delete', resource: 'namespaces', namespace, name: namespace }
  }
  return { cluster, namespace, ...random.pick(drafts)(name, random) }
}

/** Creates a Namespace with this import mode; without one the controller's default applies. */
export function addNamespace(cluster: string, namespace: string, mode?: string): Operation {
  const annotations = mode === undefined ? {} : { 'clusterset-dns.io/import-mode': mode }
  const body = { metadata: { annotations } }
  return { cluster, verb: 'create', resource: 'namespaces', namespace, name: namespace, body }
}

/** An EndpointSlice of a Service, managed by "test". */
export function sliceBody(service: string, endpoints: readonly Body[]): Body {
  const labels = {
    'kubernetes.io/service-name': service,
    'endpointslice.kubernetes.io/managed-by': 'test',
  }
  const ports = [{ name: 'http', port: 8080, protocol: 'TCP' }]
  return { metadata: { labels }, addressType: 'IPv4', ports, endpoints }
}

const http = { name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }
const more = { name: 'more', port: 81, protocol: 'TCP', targetPort: 8081 }

const services: readonly Body[] = [
  { ports: [http] },
  { ports: [http], sessionAffinity: 'ClientIP' },
  { ports: [http, more], sessionAffinity: 'None' },
  { ports: [http], trafficDistribution: 'PreferClose', ipFamilyPolicy: 'PreferDualStack' },
  { ports: [http], publishNotReadyAddresses: true },
  { ports: [http], clusterIP: 'None' },
]

type MakeDraft = (name: string, random: Random) => Draft

const applyService: MakeDraft = (name, random) => {
  return { verb: 'apply', resource: 'services', name, body: { spec: random.pick(services) } }
}

/** One of the two slices of a Service: a few endpoints, or more than fit into one imported slice. */
const applySlice: MakeDraft = (service, random) => {
  const count = random.pick([0, 1, 2, 3, 5, 130])
  const [start, half] = [random.int(100), random.int(2)]
  const endpoints = Array.from({ length: count }, (_, i) => ({
    addresses: [`10.${half}.${(start + i) >> 6}.${((start + i) & 63) + 1}`],
    conditions: { ready: !random.chance(15) },
    ...(random.chance(20) ? { hostname: `pod-${i}` } : {}),
    ...(random.chance(50) ? { zone: random.pick(['a', 'b']) } : {}),
  }))
  const more = { name: 'more', port: random.pick([8081, 9081]), protocol: 'TCP' }
  const slice = sliceBody(service, endpoints)
  const body = { ...slice, ports: [...(slice.ports as Body[]), more] }
  return { verb: 'apply', resource: 'endpointslices', name: `${service}-${half}`, body }
}

const applyExport: MakeDraft = (name, random) => {
  const spec = random.chance(40) ? { exportedLabels: { team: random.pick(['a', 'b']) } } : {}
  return { verb: 'apply', resource: 'serviceexports', name, body: { spec } }
}

const applyImport: MakeDraft = (name, random) => {
  const ports = random.pick([[], [{ name: 'http', port: 80, protocol: 'TCP' }]])
  const type = random.chance(85) ? 'ClusterSetIP' : 'Headless'
  return { verb: 'apply', resource: 'serviceimports', name, body: { spec: { type, ports } } }
}

const remove =
  (resource: FleetResource, rename: (name: string) => string = (name) => name): MakeDraft =>
  (name) => ({ verb: 'delete', resource, name: rename(name) })

const derived = (name: string) => `amcs-${name}`

const editService =
  (body: Body): MakeDraft =>
  (name) => ({ verb: 'edit', resource: 'services', name: derived(name), body })

const editSlice =
  (body: Body): MakeDraft =>
  (_, random) => ({ verb: 'edit', resource: 'endpointslices', name: random.int(100), body })

const editStatus =
  (resource: FleetResource, status: Body): MakeDraft =>
  (name) => ({ verb: 'edit', resource, name, body: { status }, status: true })

/** The probability of each draft is proportional to its number of entries. */
const drafts: readonly MakeDraft[] = [
  ...Array<MakeDraft>(5).fill(applyService),
  ...Array<MakeDraft>(8).fill(applySlice),
  ...Array<MakeDraft>(7).fill(applyExport),
  ...Array<MakeDraft>(5).fill(applyImport),
  remove('services'),
  remove('endpointslices', (name) => `${name}-0`),
  remove('serviceexports'),
  remove('serviceexports'),
  remove('serviceimports'),
  // Changes of the fleet's own objects.
  remove('services', derived),
  editService({ spec: { sessionAffinity: 'ClientIP' } }),
  editService({ spec: { ports: [{ name: 'wrong', port: 9, protocol: 'TCP' }] } }),
  editService({ spec: { selector: { app: 'hand' } } }),
  editService({ metadata: { labels: { 'clusterset-dns.io/service-import': null } } }),
  (_, random) => ({ verb: 'delete', resource: 'endpointslices', name: random.int(100) }),
  editSlice({ endpoints: [] }),
  editSlice({ endpoints: [{ addresses: ['10.9.9.9'] }] }),
  editSlice({ ports: [] }),
  editSlice({ metadata: { ownerReferences: null } }),
  (name) => ({
    verb: 'edit',
    resource: 'serviceimports',
    name,
    body: { spec: { ips: ['10.9.9.9'] } },
  }),
  editStatus('serviceimports', { clusters: null }),
  editStatus('serviceimports', { conditions: null }),
  editStatus('serviceexports', { conditions: null }),
  // A user's own Service with a derived name.
  (name) => ({
    verb: 'create',
    resource: 'services',
    name: derived(name),
    body: { spec: { ports: [http], selector: { app: 'own' } } },
  }),
]
