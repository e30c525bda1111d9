// The controller is killed with SIGKILL repeatedly while users change two clusters: during their operations and its own
// writes. Users also work while no controller runs. In the end the state is the one that a controller started at the
// end would make.
//
// Only with FAULTS=all (`npm run test:faults`); repeat one seed with SEED=n.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FleetResource } from '../../src/fleet/api/records.ts'
import type { ImportMode } from '../../src/fleet/api/types.ts'
import { keyOf } from '../../src/kube/fields.ts'
import { describeWithTools } from '../support/e2e.ts'
import type { FleetObjects } from '../support/fleet-state.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { createRandom, type Random } from '../support/random.ts'
import { waitFor } from '../support/wait-for.ts'
import { addNamespace, type Operation, perform, randomOperation } from './operations.ts'
import { type RealFleet, startRealFleet, waitUntilConverged, writesOfFresh } from './real-fleet.ts'
import { record } from './result.ts'

const OPERATIONS = Number(process.env.OPERATIONS ?? 200)
const SEEDS = process.env.SEED ? [Number(process.env.SEED)] : [1, 2]
const CLUSTERS = ['cluster1', 'cluster2']
const NAMES = ['web', 'db', 'cache']

type Spaces = ReadonlyMap<string, ImportMode | undefined>

describeWithTools('the controller is killed at any time', (tools) => {
  let fleet: RealFleet
  let running: OurFleet | undefined

  beforeAll(async () => {
    fleet = await startRealFleet(CLUSTERS, { tools, controllerManager: true })
  }, 120_000)
  afterEach(async () => {
    await running?.stop()
    running = undefined
  })
  afterAll(() => fleet?.stop(), 60_000)

  /** Performs all operations, kills the controller meanwhile, and counts both. */
  const play = async (random: Random, mode: ImportMode, spaces: Spaces) => {
    const count = { accepted: 0, refused: 0, kills: 0, amid: 0, working: 0, alone: 0, writes: 0 }
    const kept = new Set<string>()
    const options = { clusters: CLUSTERS, namespaces: spaces, names: NAMES }
    let done = 0
    const start = async () => {
      running = await startOurFleet({ members: fleet.members, importMode: mode, awaitSync: false })
    }
    const works = async () => (await running!.inSync()) && running!.leads()
    const kill = async () => {
      await running!.child.kill9()
      const writes = writesOf(running!)
      count.kills++
      count.writes += writes
      if (writes > 0) count.working++
      await running!.stop()
    }
    const operate = async () => {
      done++
      const operation = randomOperation(random, options)
      const { status, name } = await perform(fleet.at(operation.cluster), operation)
      if (status < 300) count.accepted++
      else count.refused++
      keep(kept, operation, name, status)
    }
    for (const cluster of CLUSTERS) {
      for (const [name, own] of spaces) {
        await perform(fleet.at(cluster), addNamespace(cluster, name, own))
      }
    }
    await start()
    while (done < OPERATIONS) {
      // Most kills hit a working controller, some one that is starting.
      if (random.chance(80))
        await waitFor('the controller is synced and leads', works, { timeoutMs: 60_000 })
      const end = Math.min(done + 1 + random.int(8), OPERATIONS)
      const last = done + random.int(end - done)
      const wanted = writesOf(running!) + 1 + random.int(8)
      const moment = random.int(120)
      const killed = random
        .pick([
          // When an operation is sent, whatever its result.
          () => waitFor('an operation', () => done > last, { timeoutMs: 60_000, everyMs: 1 }),
          () => delay(moment),
          () => wrote(running!, wanted),
        ])()
        .then(() => {
          if (done < end) count.amid++
          return kill()
        })
      const burst = async () => {
        while (done < end) await operate()
      }
      await Promise.all([killed, burst()])
      for (let alone = random.int(4); alone > 0 && done < OPERATIONS; alone--) {
        await operate()
        count.alone++
      }
      await start()
    }
    return { count, kept }
  }

  test.each(SEEDS)(
    'seed %i',
    async (seed) => {
      const random = createRandom(seed)
      const mode: ImportMode = seed % 2 === 1 ? 'manual' : 'auto'
      // One namespace with the controller's import mode, one with the other.
      const spaces: Spaces = new Map<string, ImportMode | undefined>([
        [`app-${seed}`, undefined],
        [`other-${seed}`, mode === 'auto' ? 'manual' : 'auto'],
      ])
      const names = [...spaces.keys()]
      const { count, kept } = await play(random, mode, spaces)
      const detail = () => running!.child.tail(40)
      await waitFor('no namespace is ending', async () => !isEnding(await fleet.read(names)), {
        timeoutMs: 60_000,
        detail,
      })
      const state = await waitUntilConverged(fleet, names, mode, detail)
      expect(
        [...kept].filter((one) => !holds(state, one)),
        'objects of users are kept',
      ).toEqual([])
      expect(count.working, 'kills after at least one write').toBeGreaterThanOrEqual(
        count.kills / 4,
      )
      if (OPERATIONS >= 50) expect(count.amid, 'kills between two operations').toBeGreaterThan(0)
      await running!.stop()
      expect(await writesOfFresh(fleet, mode), 'a fresh controller writes nothing').toEqual([])
      const objects = [...state.values()].flatMap((all) => Object.values(all).flat()).length
      await record('kill', `seed ${seed} (${mode})`, {
        operations: OPERATIONS,
        accepted: count.accepted,
        refused: count.refused,
        kills: count.kills,
        'of these, of one that had written': count.working,
        'with operations still to come': count.amid,
        'operations without a controller': count.alone,
        'writes of the killed': count.writes,
        'objects compared': objects,
      })
    },
    1_200_000,
  )
})

/** The number of writes in the log of the process. */
function writesOf({ output }: OurFleet): number {
  return output().match(/cluster \S+: (?:create|patch|delete) /g)?.length ?? 0
}

/** Resolves when the fleet has logged `count` writes, or after 500 ms. */
async function wrote(fleet: OurFleet, count: number): Promise<void> {
  const isThere = () => writesOf(fleet) >= count
  await waitFor('the fleet writes', isThere, { timeoutMs: 500, everyMs: 2 }).catch(() => {})
}

/** Tracks the objects that users created and have not deleted. */
function keep(kept: Set<string>, operation: Operation, name: string, status: number): void {
  const { cluster, resource, namespace, verb } = operation
  const isNamespace = resource === 'namespaces'
  const key = `${cluster} ${resource} ${isNamespace ? name : `${namespace}/${name}`}`
  if (status === 201) kept.add(key)
  if (verb !== 'delete' || status >= 300) return
  kept.delete(key)
  if (!isNamespace) return
  for (const one of kept) {
    if (one.startsWith(`${cluster} `) && one.includes(` ${namespace}/`)) kept.delete(one)
  }
}

function holds(state: FleetObjects, kept: string): boolean {
  const [cluster = '', resource = '', key = ''] = kept.split(' ')
  const objects = state.get(cluster)?.[resource as FleetResource] ?? []
  return objects.some((one) => keyOf(one) === key)
}

function isEnding(state: FleetObjects): boolean {
  const spaces = [...state.values()].flatMap(({ namespaces }) => namespaces)
  return spaces.some(({ status }) => (status as { phase?: string }).phase === 'Terminating')
}
