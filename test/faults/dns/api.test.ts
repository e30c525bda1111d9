// The API server of a real DNS server fails in every way, under constant questions. Names that are known stay answered,
// the server stays ready, and what changed meanwhile is answered once the API server is well again.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../support/wait-for.ts'
import { ALL_FAULTS } from '../extent.ts'
import type { Api } from './api.ts'
import { imported } from './clusterset.ts'
import { recordCost } from './cost.ts'
import { expectNoLoss } from './expect-no-loss.ts'
import { type Rig, START_MS, startRig } from './harness.ts'

/** How long each fault lasts; a sample ends when some requests have met it. */
const FAULT_MS = 60_000
const REQUESTS = 3

interface Fault {
  readonly name: string
  readonly begin: (api: Api) => unknown
  readonly end: (api: Api) => unknown
  /** True if no request reaches the server. */
  readonly unreachable?: boolean
}

const right = (api: Api) => api.behave('right')
const FAULTS: readonly Fault[] = [
  {
    name: '429 with Retry-After',
    begin: (api) => api.behave({ status: 429, headers: { 'retry-after': '1' } }),
    end: right,
  },
  { name: '500', begin: (api) => api.behave({ status: 500 }), end: right },
  { name: 'bodies that end in the middle', begin: (api) => api.behave('half'), end: right },
  { name: 'each resourceVersion has expired', begin: (api) => api.behave('expired'), end: right },
  {
    name: 'connections are refused',
    begin: (api) => api.refuse(),
    end: (api) => api.listen(),
    unreachable: true,
  },
]
/** A silent watch is renewed after 90 s. */
const SILENT: Fault = {
  name: 'requests and watches hang',
  begin: (api) => api.behave('silent'),
  end: right,
  unreachable: true,
}

describe('a server whose API server fails', () => {
  let rig: Rig
  let round = 0
  beforeAll(async () => {
    rig = await startRig()
  }, START_MS)
  afterAll(() => rig?.stop())

  test.each(ALL_FAULTS ? [...FAULTS, SILENT] : FAULTS)(
    '$name',
    async ({ name, begin, end, unreachable }) => {
      const { api, asking, server } = rig
      const n = ++round
      const gone = imported(`gone-${n}`, '10.10.1.1')
      api.put(gone)
      await rig.imports(`gone-${n}`, 'NOERROR')
      const descriptors = await rig.descriptorsAsNow()
      await asking.begin()
      await begin(api)
      api.remove(gone)
      api.put(imported(`new-${n}`, '10.10.1.2'))
      const before = api.requests()
      if (ALL_FAULTS) await delay(FAULT_MS)
      else if (!unreachable)
        await waitFor('requests have failed', () => api.requests() - before >= REQUESTS, {
          timeoutMs: 60_000,
        })
      await server.ready(START_MS)
      await end(api)
      const endedAt = performance.now()
      await rig.imports(`new-${n}`, 'NOERROR')
      await rig.imports(`gone-${n}`, 'NXDOMAIN')
      const seconds = (performance.now() - endedAt) / 1000
      await asking.answered()
      const books = await asking.end()
      expectNoLoss(books)
      await rig.seesChanges()
      await waitFor('no descriptor is left', async () => (await rig.descriptors()) <= descriptors)
      await recordCost('API server', name, books, {
        'seconds until its changes are answered': seconds.toFixed(1),
      })
    },
    400_000,
  )

  test('a resourceVersion that goes backwards, as after a restore of etcd', async () => {
    const { api, asking, server } = rig
    api.put(imported('kept', '10.10.1.3'))
    await rig.imports('kept', 'NOERROR')
    const restore = api.snapshot()
    for (let i = 0; i < 20; i++) api.put(imported(`lost-${i}`, '10.10.1.4'))
    await rig.imports('lost-19', 'NOERROR')
    await asking.begin()
    restore()
    await rig.imports('lost-19', 'NXDOMAIN')
    await rig.imports('kept', 'NOERROR')
    await rig.seesChanges()
    const books = await asking.end()
    expectNoLoss(books)
    await server.ready(START_MS)
    expect(server.child.running()).toBe(true)
    await recordCost('API server', 'a restore of an old backup', books, {
      'seconds until its changes are answered': '-',
    })
  }, 400_000)
})
