// The same operations in two random orders, each in its own namespace. Operations on one object keep their order. In
// one cluster the namespace may be deleted after all other operations there. In the end both namespaces have the same
// state, which is the one that a new controller would make. A sample of test/fleet/convergence.test.ts on real API
// servers. Repeat one seed with SEED=n.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ImportMode } from '../../src/fleet/api/types.ts'
import { describeWithTools } from '../support/e2e.ts'
import { fleetState } from '../support/fleet-state.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { createRandom, type Random } from '../support/random.ts'
import { waitFor } from '../support/wait-for.ts'
import { ALL_FAULTS } from './extent.ts'
import { addNamespace, type Operation, perform, randomOperation, sliceBody } from './operations.ts'
import { type RealFleet, startRealFleet, waitUntilConverged } from './real-fleet.ts'
import { record } from './result.ts'

const SEEDS = process.env.SEED ? [Number(process.env.SEED)] : ALL_FAULTS ? [1, 2, 3, 4, 5, 6] : [1]
const OPERATIONS = 80
const CLUSTERS = ['cluster1', 'cluster2', 'cluster3']
const NAMES = ['web', 'db']
/** The cluster whose exports are imported in the end. */
const STEADY = 'cluster1'
const http = { name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }
/** The cluster whose namespace may be deleted. */
const LAST = 'cluster3'

describeWithTools('the order of what users do', (tools) => {
  let fleet: RealFleet
  let running: OurFleet

  beforeAll(async () => {
    fleet = await startRealFleet(CLUSTERS, { tools, controllerManager: true })
    running = await startOurFleet({ members: fleet.members })
  }, 120_000)
  afterAll(async () => {
    await running?.stop()
    await fleet?.stop()
  }, 60_000)

  const play = (operation: Operation, namespace: string) =>
    perform(fleet.at(operation.cluster), { ...operation, namespace })

  test.each(SEEDS)(
    'does not matter: seed %i',
    async (seed) => {
      const random = createRandom(seed)
      const mode: ImportMode = seed % 2 === 1 ? 'auto' : 'manual'
      const namespaces = [`first-${seed}`, `second-${seed}`]
      for (const cluster of CLUSTERS) {
        for (const namespace of namespaces) {
          await perform(fleet.at(cluster), addNamespace(cluster, namespace, mode))
        }
      }
      // The age of an export is an input: in both namespaces each export is a second older than the next.
      const exported = CLUSTERS.flatMap((cluster) => {
        const names = random.some(NAMES, 70)
        const some = cluster === STEADY ? new Set([...names, 'web']) : names
        return [...some].map((name): Operation => {
          return { cluster, verb: 'create', resource: 'serviceexports', namespace: '', name }
        })
      })
      for (const operation of exported) {
        for (const namespace of namespaces) await play(operation, namespace)
        const second = Math.floor(Date.now() / 1000)
        await waitFor('the next second', () => Math.floor(Date.now() / 1000) > second)
      }
      const streams = byObject(random, mode)
      const isEnded = random.chance(50)
      for (const namespace of namespaces) {
        const end = isEnded ? endOf(namespace) : undefined
        for (const operation of shuffled(random, streams, end)) await play(operation, namespace)
      }
      await waitFor(
        'no namespace is ending',
        async () => {
          const spaces = (await fleet.readOne(LAST, namespaces)).namespaces
          return spaces.length === (isEnded ? 0 : namespaces.length)
        },
        { timeoutMs: 60_000, detail: () => running.child.tail(40) },
      )
      const state = await waitUntilConverged(fleet, namespaces, 'manual', () =>
        running.child.tail(40),
      )
      const linesOf = (namespace: string) =>
        fleetState(state)
          .filter((line) => line.includes(namespace))
          .map((line) => line.replaceAll(namespace, 'NAMESPACE'))
          .sort()
      const [first, second] = namespaces.map(linesOf)
      expect(first).toEqual(second)
      expect(
        first!.some((line) => / imported /.test(line)),
        'endpoints are imported',
      ).toBe(true)
      // The fleet is new: what it has written itself says nothing of a former hub.
      expect(running.child.output()).not.toContain('another one than before')
      await record('order', `seed ${seed} (${mode})`, {
        operations: OPERATIONS,
        'namespaces ended': isEnded ? 1 : 0,
        'objects in each order': first!.length,
      })
    },
    180_000,
  )
})

function endOf(namespace: string): Operation {
  return { cluster: LAST, verb: 'delete', resource: 'namespaces', namespace, name: namespace }
}

/** Random operations grouped by object, without those whose effect depends on the fleet's current objects. */
function byObject(random: Random, mode: ImportMode): readonly (readonly Operation[])[] {
  const streams = new Map<string, Operation[]>()
  const ended = new Set<string>()
  const options = { clusters: CLUSTERS, namespaces: new Map([['', undefined]]), names: NAMES }
  for (let count = 0; count < OPERATIONS; ) {
    const operation = randomOperation(random, options)
    const { cluster, resource, verb, name } = operation
    const key = `${cluster} ${resource} ${name}`
    // A recreated export has another age, so each is deleted at most once.
    const isExport = resource === 'serviceexports' && verb !== 'edit'
    const mayEnd = verb === 'delete' && cluster !== STEADY && !ended.has(key)
    const isAge = isExport && !mayEnd
    // In mode auto an import belongs to its first creator: a user or the controller.
    const isRace = resource === 'serviceimports' && verb === 'apply' && mode === 'auto'
    // A derived Service that loses its label is still the fleet's only once its import names it.
    const isTakeover = resource === 'services' && operation.body?.metadata !== undefined
    if (resource === 'namespaces' || verb === 'create' || isAge || isRace || isTakeover) continue
    if (isExport) ended.add(key)
    streams.set(key, [...(streams.get(key) ?? []), operation])
    count++
  }
  for (const last of flowing(mode)) {
    const key = `${last.cluster} ${last.resource} ${last.name}`
    streams.set(key, [...(streams.get(key) ?? []), last])
  }
  return [...streams.values()]
}

/** Final operations on some objects, so that endpoints are imported in the end. */
function flowing(mode: ImportMode): readonly Operation[] {
  const own = { cluster: STEADY, namespace: '', verb: 'apply' } as const
  const slice = sliceBody('web', [{ addresses: ['10.0.0.1'] }])
  const operations: readonly Operation[] = [
    // Recreated, since a headless Service cannot be changed to another type.
    { ...own, verb: 'delete', resource: 'services', name: 'web' },
    { ...own, resource: 'services', name: 'web', body: { spec: { ports: [http] } } },
    { ...own, resource: 'endpointslices', name: 'web-0', body: slice },
  ]
  if (mode === 'auto') return operations
  const body = { spec: { type: 'ClusterSetIP', ports: [] } }
  return [
    ...operations,
    { ...own, cluster: 'cluster2', resource: 'serviceimports', name: 'web', body },
  ]
}

/** All operations, each stream in its order; `end` at any time after all others in its cluster. */
function* shuffled(
  random: Random,
  streams: readonly (readonly Operation[])[],
  end: Operation | undefined,
) {
  const rest = streams.map((stream) => [...stream])
  let last = end
  for (;;) {
    const open = rest.filter((stream) => stream.length > 0)
    const mayEnd = open.every(([next]) => next!.cluster !== last?.cluster)
    if (last !== undefined && mayEnd && (open.length === 0 || random.chance(20))) {
      yield last
      last = undefined
    } else if (open.length === 0) return
    else yield random.pick(open).shift()!
  }
}
