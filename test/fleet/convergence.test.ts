// Convergence: the final state depends only on the objects of users, not on the order of their changes and events, on
// delayed or lost writes, or on restarts of the controller. Random sequences by seed: repeat one with SEED=n and set
// their number with SEQUENCES=n.
import { expect, test } from 'vitest'
import type { ImportMode } from '../../src/fleet/api/types.ts'
import { nestedObject } from '../../src/fleet/api/unstructured.ts'
import type { Body } from '../../src/fleet/api/writes.ts'
import type { EmbeddedApi } from '../../src/fleet/embedded/api.ts'
import type { Deliver } from '../../src/fleet/embedded/cluster.ts'
import { ApiError } from '../../src/kube/api-error.ts'
import { differences, fleetState, usersObjects } from '../support/fleet-state.ts'
import { createRandom, type Random } from '../support/random.ts'
import {
  addImport,
  addNamespace,
  addService,
  addSlice,
  apply,
  createFleet,
  settledFleet,
} from './embedded.ts'

const SEQUENCES = Number(process.env.SEQUENCES ?? 1000)
const FIRST = Number(process.env.SEED ?? 1)
const NAMES = ['web', 'db']

/** Runs one random operation of a user; the API may reject it, since it may be invalid at that time. */
function randomOperation(random: Random, api: EmbeddedApi, mode: ImportMode | undefined): void {
  const name = random.pick(NAMES)
  const key = `ns/${name}`
  const operations: (() => void)[] = [
    () => addNamespace(api, 'ns', mode),
    () => random.chance(10) && api.delete('namespaces', 'ns'),
    ...repeat(4, () => addService(api, name, randomService(random))),
    ...repeat(3, () => addSlice(api, name, random.some(['10.0.0.1', '10.0.0.2', '10.0.0.3'], 60))),
    ...repeat(3, () => addSlice(api, name, random.some(['10.0.0.1', '10.0.0.2', '10.0.0.4'], 60))),
    ...repeat(5, () => addExportAt(api, name, random)),
    ...repeat(3, () =>
      addImport(api, name, { type: random.chance(80) ? 'ClusterSetIP' : 'Headless' }),
    ),
    () => addImport(api, name, { ports: [] }),
    () => api.delete('services', key),
    () => api.delete('endpointslices', `ns/${name}-abcde`),
    () => api.delete('serviceexports', key),
    () => api.delete('serviceimports', key),
    // A user changes objects of the fleet.
    () => api.delete('services', `ns/amcs-${name}`),
    () =>
      api.patch('services', `ns/amcs-${name}`, { spec: { sessionAffinity: 'ClientIP' } }, 'hand'),
    () => deleteSome(api, random),
    () => addService(api, `amcs-${name}`, { selector: { app: 'own' } }),
  ]
  try {
    random.pick(operations)()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
  }
}

function repeat<T>(count: number, one: T): readonly T[] {
  return Array<T>(count).fill(one)
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
  const { namespace, name } = nestedObject(random.pick(slices), 'metadata')
  api.delete('endpointslices', `${namespace}/${name}`)
}

/**
 * A network that delays events and delivers them in a random order, but in order for each resource. Writes and
 * their responses are delayed too, and some responses are lost.
 */
function randomNetwork(random: Random) {
  const queues = new Map<string, (() => void)[]>()
  const onTheWire = new Set<() => void>()
  let isCalm = false
  const deliver =
    (cluster: string): Deliver =>
    (resource, apply) => {
      const queue = queues.get(`${cluster} ${resource}`) ?? []
      queues.set(`${cluster} ${resource}`, queue)
      queue.push(apply)
    }
  const delay = async (percent: number) => {
    if (isCalm || !random.chance(percent)) return
    await new Promise<void>((arrive) => onTheWire.add(arrive))
  }
  const wire = async (send: () => Promise<Body>) => {
    await delay(20)
    const answer = await send()
    await delay(20)
    if (!isCalm && random.chance(5)) throw new ApiError('disconnected', 'the response is lost')
    return answer
  }
  const deliverSome = (most: number) => {
    for (let i = 0; i < most; i++) {
      const waiting = [...queues.values()].filter((queue) => queue.length > 0)
      const next = [...waiting.map((queue) => () => queue.shift()!()), ...onTheWire]
      if (next.length === 0) return
      const one = random.pick(next)
      onTheWire.delete(one)
      one()
    }
  }
  /** Drops undelivered events, since their watcher is gone. Writes in flight still arrive. */
  const dropEvents = () => queues.clear()
  /** Stops delaying and losing writes. */
  const calmDown = () => {
    isCalm = true
  }
  return { deliver, wire, deliverSome, dropEvents, calmDown }
}

/** Runs a sequence; resolves to true when endpoints are imported in the final state. */
async function playSequence(seed: number): Promise<boolean> {
  const random = createRandom(seed)
  const clusters = ['c1', 'c2', 'c3'].slice(0, 2 + random.int(2))
  const mode = random.pick(['auto', 'manual'] as const)
  const network = randomNetwork(random)
  const fleet = createFleet({ clusters, mode, deliver: network.deliver, wire: network.wire })
  const nextTurn = () => new Promise((done) => setImmediate(done))
  // The mode of a Namespace is fixed: by design, a changed mode keeps earlier imports, which depends on the order.
  const modes = clusters.map(() => random.pick([undefined, undefined, 'auto', 'manual'] as const))
  for (const [i, name] of clusters.entries()) {
    if (random.chance(80)) addNamespace(fleet.api(name), 'ns', modes[i])
  }
  const steps = 5 + random.int(40)
  for (let i = 0; i < steps; i++) {
    const at = random.int(clusters.length)
    randomOperation(random, fleet.api(clusters[at]!), modes[at])
    network.deliverSome(random.int(6))
    if (random.chance(50)) await nextTurn()
    if (random.chance(10)) fleet.clock.advance(1000)
    if (!random.chance(5)) continue
    network.dropEvents()
    // Sometimes without the first cluster, which is then unreachable.
    await fleet.restart(random.chance(30) ? clusters.slice(1) : clusters)
  }
  network.calmDown()
  network.dropEvents()
  await fleet.restart()
  const deliverAll = async () => {
    network.deliverSome(10_000)
    await nextTurn()
  }
  for (let i = 0; i < 10; i++) await deliverAll()
  for (let i = 0; i < 200 && !(fleet.controller.idle && fleet.controller.retrying === 0); i++) {
    await deliverAll()
    fleet.clock.advance(30_000)
  }
  await fleet.settle()
  await deliverAll()
  await fleet.settle()
  const state = fleet.objects()

  fleet.writes.length = 0
  network.dropEvents()
  await fleet.restart()
  await deliverAll()
  await fleet.settle()
  expect(fleet.writes, 'a new controller has nothing to write').toEqual([])

  const fresh = await settledFleet(usersObjects(state), { mode })
  expect(differences(state, fresh), 'the state equals that from the inputs alone').toEqual([])
  return fleetState(state).some((line) => / imported .* \{"addresses/.test(line))
}

test(`the final state depends on the inputs alone (${SEQUENCES} sequences from seed ${FIRST})`, async () => {
  let importing = 0
  for (let seed = FIRST; seed < FIRST + SEQUENCES; seed++) {
    try {
      if (await playSequence(seed)) importing++
    } catch (error) {
      if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`
      throw error
    }
  }
  // Sequences that end without imported endpoints test less.
  if (SEQUENCES >= 100) expect(importing).toBeGreaterThan(SEQUENCES / 5)
}, 1_200_000)
