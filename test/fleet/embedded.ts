// A fleet in memory: embedded clusters, a controller and builders of objects. Time is a test clock; nothing waits
// for real time.
import { type FleetResource, fleetResources } from '../../src/fleet/api/records.ts'
import type { ImportMode } from '../../src/fleet/api/types.ts'
import { type Body, serviceOf } from '../../src/fleet/api/writes.ts'
import {
  FleetController,
  type FleetControllerOptions,
} from '../../src/fleet/controller/controller.ts'
import { EmbeddedApi, type EmbeddedApiOptions } from '../../src/fleet/embedded/api.ts'
import { type Deliver, EmbeddedCluster } from '../../src/fleet/embedded/cluster.ts'
import type { ServiceHistory } from '../../src/fleet/page/history.ts'
import { eachResource, type FleetObjects } from '../support/fleet-state.ts'
import { type HandClock, handClock } from '../support/hand-clock.ts'
import { memoryLog } from '../support/memory-log.ts'

export interface FleetOptions extends Partial<FleetControllerOptions> {
  readonly clusters?: readonly string[]
  readonly mode?: ImportMode
  readonly deliver?: (cluster: string) => Deliver
  readonly api?: Partial<EmbeddedApiOptions>
  readonly history?: ServiceHistory
  /** Wraps the sending of each write, to delay it, or to delay or lose its response. */
  readonly wire?: (send: () => Promise<Body>) => Promise<Body>
}

export type TestFleet = ReturnType<typeof createFleet>

export function createFleet(options: FleetOptions = {}) {
  const { clusters = ['c1', 'c2'], api: apiOptions } = options
  const clock = handClock()
  const lines: string[] = []
  const apis = new Map(
    clusters.map((name) => [name, new EmbeddedApi({ name, wall: clock.wall, ...apiOptions })]),
  )
  const writes: string[] = []
  const start = (only: readonly string[] = clusters) => {
    const { history } = options
    const members = only.map(
      (name) =>
        new EmbeddedCluster(
          name,
          apis.get(name)!,
          options.deliver?.(name),
          clock,
          history && ((change) => history.changed(name, change)),
        ),
    )
    return { members, controller: startController(members, { clock, lines, writes }, options) }
  }
  let running = start()
  return {
    apis,
    clock,
    lines,
    writes,
    get controller() {
      return running.controller
    },
    get members() {
      return running.members
    },
    api: (name: string) => apis.get(name)!,
    get: (cluster: string, resource: FleetResource, key: string) =>
      apis.get(cluster)!.get(resource, key),
    /** All objects of all clusters. */
    objects: (): FleetObjects =>
      new Map([...apis].map(([name, api]) => [name, eachResource((one) => api.list(one))])),
    /** Starts a new controller, with the members `only` when given. */
    restart: async (only?: readonly string[]) => {
      running.controller.close()
      for (const member of running.members) await member.close()
      running = start(only)
    },
    /** Runs until there is nothing left to write or to retry. */
    settle: async () => {
      for (let i = 0; i < 1000; i++) {
        await new Promise((done) => setImmediate(done))
        if (!running.controller.idle) continue
        if (running.controller.retrying === 0) return
        clock.advance(30_000)
      }
      throw new Error(
        `the fleet does not settle: ${lines.slice(-5).join('\n')} ${writes.slice(-10).join('\n')}`,
      )
    },
  }
}

interface Recorder {
  readonly clock: HandClock
  /** Log lines. */
  readonly lines: string[]
  /** "c1 create services ns/web" */
  readonly writes: string[]
}

/** A controller without rate limits that records its log lines and its writes. */
function startController(
  members: readonly EmbeddedCluster[],
  { clock, lines, writes }: Recorder,
  options: FleetOptions,
): FleetController {
  const { wire = (send) => send() } = options
  return new FleetController({
    log: memoryLog(lines).log,
    clock,
    random: () => 0,
    writeLimits: { qps: Number.POSITIVE_INFINITY, burst: 1 },
    perform: async (member, write, signal) => {
      const { action, resource, namespace } = write
      const name = action === 'create' ? write.name : write.id.name
      writes.push(`${member.name} ${action} ${resource} ${namespace}/${name}`)
      return wire(() => member.write(write, signal))
    },
    onEvent: (cluster, event) => options.history?.event(cluster, serviceOf(event), event),
    ...options,
    members,
  })
}

const USER = 'user'

/** All objects after a new controller settled on these objects of users. */
export async function settledFleet(
  users: FleetObjects,
  options: FleetOptions = {},
): Promise<FleetObjects> {
  const fleet = createFleet({ ...options, clusters: [...users.keys()] })
  for (const [name, objects] of users) {
    for (const resource of fleetResources) {
      for (const object of objects[resource]) fleet.api(name).create(resource, object, USER)
    }
  }
  await fleet.settle()
  return fleet.objects()
}

/** A user's create, or merge patch if the object exists. */
export function apply(api: EmbeddedApi, resource: FleetResource, body: Body): void {
  const { name, namespace } = body.metadata as { name: string; namespace?: string }
  const key = namespace === undefined ? name : `${namespace}/${name}`
  if (api.get(resource, key) === undefined) api.create(resource, body, USER)
  else api.patch(resource, key, body, USER)
}

export function addNamespace(api: EmbeddedApi, name: string, mode?: ImportMode): void {
  const annotations = mode === undefined ? {} : { 'clusterset-dns.io/import-mode': mode }
  apply(api, 'namespaces', { metadata: { name, annotations } })
}

export const httpPort = { name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }

export function addService(api: EmbeddedApi, name: string, spec: Body = {}): void {
  const ports = [httpPort]
  apply(api, 'services', { metadata: { name, namespace: 'ns' }, spec: { ports, ...spec } })
}

export function addExport(api: EmbeddedApi, name: string, change: Body = {}): void {
  const metadata = { name, namespace: 'ns', ...(change.metadata as Body | undefined) }
  apply(api, 'serviceexports', { ...change, metadata })
}

export function addImport(api: EmbeddedApi, name: string, spec: Body = {}): void {
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]
  apply(api, 'serviceimports', {
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    metadata: { name, namespace: 'ns' },
    spec: { type: 'ClusterSetIP', ports, ...spec },
  })
}

/** A slice of a local Service as the EndpointSlice controller writes it. */
export function addSlice(api: EmbeddedApi, service: string, addresses: readonly string[]): void {
  apply(api, 'endpointslices', {
    metadata: {
      name: `${service}-abcde`,
      namespace: 'ns',
      labels: {
        'kubernetes.io/service-name': service,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: addresses.map((address) => ({
      addresses: [address],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: 'node-1',
      targetRef: { kind: 'Pod', name: `pod-${address}` },
    })),
  })
}
