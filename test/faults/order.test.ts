// The same operations in two orders, each in a namespace of its own: what each object goes through stays in its
// order, all else is shuffled. In the end both namespaces are the same, and what a fresh controller would make.
// This is test/fleet/convergence.test.ts on real API servers, a sample of it. Run one seed again with SEED=n.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ImportMode } from '../../src/fleet/auto-import.ts'
import { describeWithTools } from '../support/e2e.ts'
import { fleetState } from '../support/fleet-state.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { createRandom, type Random } from '../support/random.ts'
import { waitFor } from '../support/wait-for.ts'
import { ALL_FAULTS } from './extent.ts'
import { addNamespace, type Operation, perform, randomOperation } from './operations.ts'
import { type RealFleet, startRealFleet, waitUntilConverged } from './real-fleet.ts'
import { record } from './result.ts'

const SEEDS = process.env.SEED ? [Number(process.env.SEED)] : ALL_FAULTS ? [1, 2, 3, 4, 5, 6] : [1]
const OPERATIONS = 80
const CLUSTERS = ['cluster1', 'cluster2', 'cluster3']
const NAMES = ['web', 'db']

describeWithTools('the order of what users do', (tools) => {
  let fleet: RealFleet
  let running: OurFleet

  beforeAll(async () => {
    fleet = await startRealFleet(CLUSTERS, { tools })
    running = await startOurFleet({ members: fleet.members })
  }, 120_000)
  afterAll(async () => {
    await running?.stop()
    await fleet?.stop()
  }, 60_000)

  const play = (operation: Operation, namespace: string) =>
    perform(fleet.at(operation.cluster), { ...operation, namespace })

  test.each(SEEDS)(
    'seed %i: does not matter',
    async (seed) => {
      const random = createRandom(seed)
      const mode: ImportMode = seed % 2 === 1 ? 'auto' : 'manual'
      const namespaces = [`first-${seed}`, `second-${seed}`]
      for (const cluster of CLUSTERS) {
        for (const namespace of namespaces) {
          await perform(fleet.at(cluster), addNamespace(cluster, namespace, mode))
        }
      }
      // Ages are inputs: an export is a second older than the next, in both namespaces.
      const exported = random.some(CLUSTERS, 80).flatMap((cluster) =>
        random.some(NAMES, 80).map((name): Operation => {
          return { cluster, verb: 'create', resource: 'serviceexports', namespace: '', name }
        }),
      )
      for (const operation of exported) {
        for (const namespace of namespaces) await play(operation, namespace)
        const second = Math.floor(Date.now() / 1000)
        await waitFor('the next second', () => Math.floor(Date.now() / 1000) > second)
      }
      const streams = byObject(random, mode)
      for (const namespace of namespaces) {
        for (const operation of shuffled(random, streams)) await play(operation, namespace)
      }
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
        'endpoints flow',
      ).toBe(true)
      await record('order', `seed ${seed} (${mode})`, {
        operations: OPERATIONS,
        'objects in each order': first!.length,
      })
    },
    180_000,
  )
})

/** Random operations, those on one object together; without those whose effect hangs on what is ours just then. */
function byObject(random: Random, mode: ImportMode): readonly (readonly Operation[])[] {
  const streams = new Map<string, Operation[]>()
  const options = { clusters: CLUSTERS, namespaces: new Map([['', undefined]]), names: NAMES }
  for (let count = 0; count < OPERATIONS; ) {
    const operation = randomOperation(random, options)
    const { cluster, resource, verb, name } = operation
    const isAge = resource === 'serviceexports' && verb !== 'edit'
    // In mode auto an import belongs to whoever was first: to its user, or to the controller.
    const isRace = resource === 'serviceimports' && verb === 'apply' && mode === 'auto'
    if (resource === 'namespaces' || verb === 'create' || isAge || isRace) continue
    const key = `${cluster} ${resource} ${name}`
    streams.set(key, [...(streams.get(key) ?? []), operation])
    count++
  }
  return [...streams.values()]
}

/** All of them, those of one stream in their order. */
function* shuffled(random: Random, streams: readonly (readonly Operation[])[]) {
  const rest = streams.map((stream) => [...stream])
  for (;;) {
    const open = rest.filter((stream) => stream.length > 0)
    if (open.length === 0) return
    yield random.pick(open).shift()!
  }
}
