// Convergence: whatever users do in their clusters, in whatever order the controller hears of it, and however
// often another controller takes over, the end depends on the inputs alone. Random sequences, by seed: run one
// again with SEED=n.
import { expect, test } from 'vitest'
import type { ImportMode } from '../../src/fleet/auto-import.ts'
import type { Body, FleetResource } from '../../src/fleet/cluster.ts'
import { fleetResources } from '../../src/fleet/cluster.ts'
import type { EmbeddedApi } from '../../src/fleet/embedded-api.ts'
import type { Deliver } from '../../src/fleet/embedded-cluster.ts'
import { at } from '../../src/fleet/raw-fields.ts'
import { createRandom, type Random } from '../support/random.ts'
import { addImport, addNamespace, addService, addSlice, apply, createFleet } from './embedded.ts'

const SEQUENCES = Number(process.env.SEQUENCES ?? 300)
const FIRST = Number(process.env.SEED ?? 1)
const NAMES = ['web', 'db']

/** One thing that a user does; what makes no sense at the time is refused, and that is fine. */
function operate(random: Random, api: EmbeddedApi, mode: ImportMode | undefined): void {
  const name = random.pick(NAMES)
  const key = `ns/${name}`
  const operations: (() => void)[] = [
    () => addNamespace(api, 'ns', mode),
    () => random.chance(30) && api.delete('namespaces', 'ns'),
    () => addService(api, name, randomService(random)),
    () => addService(api, name, randomService(random)),
    () => api.delete('services', key),
    () => addSlice(api, name, random.some(['10.0.0.1', '10.0.0.2', '10.0.0.3'], 60)),
    () => addSlice(api, name, random.some(['10.0.0.1', '10.0.0.2', '10.0.0.4'], 60)),
    () => api.delete('endpointslices', `ns/${name}-abcde`),
    () => addExportAt(api, name, random),
    () => addExportAt(api, name, random),
    () => api.delete('serviceexports', key),
    () => addImport(api, name, { type: random.chance(80) ? 'ClusterSetIP' : 'Headless' }),
    () => addImport(api, name, { ports: [] }),
    () => api.delete('serviceimports', key),
    // Hands in what is ours.
    () => api.delete('services', `ns/amcs-${name}`),
    () =>
      api.patch('services', `ns/amcs-${name}`, { spec: { sessionAffinity: 'ClientIP' } }, 'hand'),
    () => deleteSome(api, random),
    () => addService(api, `amcs-${name}`, { selector: { app: 'own' } }),
  ]
  try {
    random.pick(operations)()
  } catch {
    // Refused, as an API server would.
  }
}

function randomService(random: Random): Body {
  return random.pick<Body>([
    {},
    { sessionAffinity: 'ClientIP' },
    {
      ports: [
        { name: 'http', port: 80 },
        { name: 'more', port: 81 },
      ],
    },
    { trafficDistribution: 'PreferClose', ipFamilyPolicy: 'PreferDualStack' },
    { clusterIP: 'None' },
  ])
}

function addExportAt(api: EmbeddedApi, name: string, random: Random): void {
  const second = String(random.int(3)).padStart(2, '0')
  const metadata = { name, namespace: 'ns', creationTimestamp: `2026-01-01T00:00:${second}Z` }
  const spec = random.chance(30) ? { exportedLabels: { team: random.pick(['a', 'b']) } } : {}
  apply(api, 'serviceexports', { metadata, spec })
}

function deleteSome(api: EmbeddedApi, random: Random): void {
  const slices = api.list('endpointslices')
  if (slices.length === 0) return
  const { namespace, name } = at(random.pick(slices), 'metadata')
  api.delete('endpointslices', `${namespace}/${name}`)
}

/** Holds events back and lets them go in a random order, each resource's in its own. */
function randomDelivery(random: Random) {
  const queues = new Map<string, (() => void)[]>()
  const deliver =
    (cluster: string): Deliver =>
    (resource, apply) => {
      const queue = queues.get(`${cluster} ${resource}`) ?? []
      queues.set(`${cluster} ${resource}`, queue)
      queue.push(apply)
    }
  const some = (most: number) => {
    for (let i = 0; i < most; i++) {
      const waiting = [...queues.values()].filter((queue) => queue.length > 0)
      if (waiting.length === 0) return
      random.pick(waiting).shift()!()
    }
  }
  const drop = () => queues.clear()
  return { deliver, some, drop }
}

/** Everything of the clusters that follows from the inputs. */
function finalState(fleet: ReturnType<typeof createFleet>): unknown {
  const clusters = [...fleet.apis].map(([name, api]) => {
    const list = (resource: FleetResource) =>
      api
        .list(resource)
        .filter((object) => !outlives(api, object))
        .map(essence)
        .sort(byText)
    return [name, fleetResources.map((resource) => [resource, list(resource)])]
  })
  return JSON.parse(JSON.stringify(clusters))
}

/** True for the Service of an import that nobody exports: by design it stays as the last export left it. */
function outlives(api: EmbeddedApi, object: Body): boolean {
  const { namespace, labels } = at(object, 'metadata')
  const name = at(labels)['clusterset-dns.io/service-import']
  const found = api.get('serviceimports', `${namespace}/${name}`)
  return name !== undefined && found !== undefined && isUnexported(found)
}

function isUnexported(serviceImport: Body): boolean {
  const clusters = at(serviceImport, 'status').clusters
  return !Array.isArray(clusters) || clusters.length === 0
}

// Without what an API server makes up, and without names and addresses that depend on what was before.
function essence(object: Body): Body {
  const { name } = at(object, 'metadata')
  const { clusterIP, clusterIPs, ips = [], ipFamilies = [], ...spec } = at(object, 'spec')
  const addresses = isUnexported(object) ? undefined : (ips as unknown[]).length
  const families = isUnexported(object) ? undefined : ipFamilies
  const conditions = at(object, 'status').conditions as Body[] | undefined
  const slice = object.addressType !== undefined
  const { clusters = [] } = at(object, 'status')
  return {
    name: slice ? '' : name,
    labels: at(object, 'metadata', 'labels'),
    annotations: at(object, 'metadata', 'annotations'),
    spec: { ...spec, headless: clusterIP === 'None', addresses, families },
    ports: object.ports,
    // Their order is packing.
    endpoints: (object.endpoints as Body[] | undefined)?.toSorted(byText),
    clusters,
    conditions: conditions
      ?.map(({ type, status, reason, message }) => `${type}=${status}/${reason} ${message}`)
      .sort(),
  }
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1
}

/** The clusters with the users' objects only. */
function inputsOf(fleet: ReturnType<typeof createFleet>, target: ReturnType<typeof createFleet>) {
  for (const [name, api] of fleet.apis) {
    for (const resource of fleetResources) {
      for (const object of api.list(resource)) {
        const metadata = at(object, 'metadata')
        const labels = at(metadata, 'labels')
        const isOurs =
          'clusterset-dns.io/service-import' in labels ||
          'clusterset-dns.io/auto-import' in labels ||
          labels['endpointslice.kubernetes.io/managed-by'] === 'fleet.clusterset-dns.io'
        if (isOurs) continue
        const { status: _, ...rest } = object
        const { creationTimestamp, namespace, annotations, name: own } = metadata
        const bare = { name: own, namespace, labels, annotations, creationTimestamp }
        const spec = at(object, 'spec')
        const { ips: _ips, ipFamilies: _families, ...mine } = spec
        const kept = resource === 'serviceimports' ? { ...rest, spec: mine } : rest
        target.api(name).create(resource, { ...kept, metadata: bare }, 'user')
      }
    }
  }
}

async function play(seed: number): Promise<void> {
  const random = createRandom(seed)
  const clusters = ['c1', 'c2', 'c3'].slice(0, 2 + random.int(2))
  const mode = random.pick(['auto', 'manual'] as const)
  const delivery = randomDelivery(random)
  const fleet = createFleet({ clusters, mode, deliver: delivery.deliver })
  const turn = () => new Promise((done) => setImmediate(done))
  // A mode that changes leaves the imports which were made before: by design, those depend on the order.
  const modes = clusters.map(() => random.pick([undefined, undefined, 'auto', 'manual'] as const))
  for (const [i, name] of clusters.entries()) {
    if (random.chance(80)) addNamespace(fleet.api(name), 'ns', modes[i])
  }
  const steps = 5 + random.int(40)
  for (let i = 0; i < steps; i++) {
    const at = random.int(clusters.length)
    operate(random, fleet.api(clusters[at]!), modes[at])
    delivery.some(random.int(6))
    if (random.chance(50)) await turn()
    if (random.chance(10)) fleet.clock.advance(1000)
    if (!random.chance(5)) continue
    delivery.drop()
    // Sometimes without one of the clusters, which then is not heard.
    await fleet.restart(random.chance(30) ? clusters.slice(1) : clusters)
  }
  delivery.drop()
  await fleet.restart()
  const all = async () => {
    delivery.some(10_000)
    await turn()
  }
  for (let i = 0; i < 10; i++) await all()
  for (let i = 0; i < 200 && !(fleet.controller.idle && fleet.controller.retrying === 0); i++) {
    await all()
    fleet.clock.advance(30_000)
  }
  await fleet.settle()
  await all()
  await fleet.settle()
  const state = finalState(fleet)

  fleet.writes.length = 0
  delivery.drop()
  await fleet.restart()
  await all()
  await fleet.settle()
  expect(fleet.writes, 'a fresh controller has nothing to write').toEqual([])

  const fresh = createFleet({ clusters, mode })
  inputsOf(fleet, fresh)
  await fresh.settle()
  expect(state, 'as from the inputs alone').toEqual(finalState(fresh))
}

test(`the end depends on the inputs alone (${SEQUENCES} sequences from seed ${FIRST})`, async () => {
  for (let seed = FIRST; seed < FIRST + SEQUENCES; seed++) {
    try {
      await play(seed)
    } catch (error) {
      if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`
      throw error
    }
  }
}, 600_000)
