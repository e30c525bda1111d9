// The nodes and the Service ranges of a cluster as read from its API server: page by page, every ten minutes, after a failure
// sooner, and never fatal.
import { isDeepStrictEqual } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { followNetwork, type OwnNetwork } from '../../../src/fleet/member/own-network.ts'
import { ApiClient } from '../../../src/kube/api-client.ts'
import { fullClientDeps } from '../../../src/kube/client-deps.ts'
import { defaultReceiveLimits, MB, type ReceiveLimits } from '../../../src/kube/receive-limits.ts'
import { startFakeApiServer } from '../../support/fake-apiserver.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { waitFor } from '../../support/wait-for.ts'

const NODES = '/api/v1/nodes'
const RANGES = '/apis/networking.k8s.io/v1/servicecidrs'

/** Pages of lists by path, or the status of an error. */
async function follow(
  answers: Record<string, readonly (readonly object[])[] | number>,
  limits: ReceiveLimits = defaultReceiveLimits,
) {
  const requests: string[] = []
  const server = await startFakeApiServer((url, response) => {
    requests.push(`${url.pathname}${url.search}`)
    const pages = answers[url.pathname]!
    const isError = typeof pages === 'number'
    response.writeHead(isError ? pages : 200, { 'content-type': 'application/json' })
    if (isError) return void response.end('{}')
    const page = Number(url.searchParams.get('continue') ?? 0)
    const next = page + 1 < pages.length ? { continue: String(page + 1) } : {}
    const metadata = { resourceVersion: '7', ...next }
    response.end(JSON.stringify({ metadata, items: pages[page] }))
  })
  const lines: string[] = []
  const clock = handClock()
  const deps = fullClientDeps({ log: memoryLog(lines).log, clock, limits, random: () => 0 })
  const client = new ApiClient({ kind: 'endpoint', url: server.url }, deps)
  const stop = new AbortController()
  const found: OwnNetwork = {}
  const onRead = (network: OwnNetwork) => void Object.assign(found, network)
  const done = followNetwork({ name: 'c1', client, deps, onRead, onTried: () => {} }, stop.signal)
  onTestFinished(async () => {
    stop.abort()
    await done
    await client.close()
    await server.close()
  })
  /** Waits until nodes and ranges are to be read again after these milliseconds. */
  const waits = (...delays: readonly number[]) =>
    waitFor(`it waits for ${delays.join()} ms`, () =>
      isDeepStrictEqual(
        clock.waiting.filter((ms) => delays.includes(ms)),
        delays,
      ),
    )
  return { answers, requests, lines, clock, found, waits }
}

const node = (...addresses: readonly string[]) => {
  return { status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) } }
}
const range = (...cidrs: readonly string[]) => ({ spec: { cidrs } })

test('all pages are read, and read again after ten minutes', async () => {
  const it = await follow({
    [NODES]: [[node('172.18.0.2', 'node-1')], [node('FD00::03', '172.18.0.2')]],
    [RANGES]: [[range('10.96.0.0/16', 'fd00:96::/112')]],
  })
  await it.waits(600_000, 600_000)
  expect(it.found.nodes).toEqual(new Set(['172.18.0.2', 'fd00::3']))
  expect(it.found.serviceRanges).toMatchObject([{ length: 16 }, { length: 112 }])
  expect(it.requests.sort()).toEqual([
    `${NODES}?limit=500`,
    `${NODES}?limit=500&continue=1`,
    `${RANGES}?limit=500`,
  ])
  it.answers[NODES] = [[]]
  it.clock.advance(600_000)
  await it.waits(600_000, 600_000)
  expect(it.found.nodes).toEqual(new Set())
  expect(it.lines).toEqual([])
})

test('a failure is logged once and retried ever more slowly; the other part is not read again meanwhile', async () => {
  const it = await follow({ [NODES]: 403, [RANGES]: [[range('10.96.0.0/16')]] })
  let passed = 0
  for (const delay of [400, 800, 1600, 3200]) {
    await it.waits(delay, 600_000 - passed)
    expect(it.found.nodes).toBeUndefined()
    it.clock.advance(delay)
    passed += delay
  }
  await it.waits(6400, 600_000 - passed)
  expect(it.found.serviceRanges).toHaveLength(1)
  expect(it.requests.filter((one) => one.startsWith(RANGES))).toHaveLength(1)
  expect(it.lines).toHaveLength(1)
  expect(it.lines[0]).toMatch(
    /WARNING.*cluster c1: .*nodes.*endpoints of other clusters may have these/,
  )
  it.answers[NODES] = [[node('172.18.0.2')]]
  it.clock.advance(6400)
  await it.waits(600_000 - passed - 6400, 600_000)
  expect(it.found.nodes).toEqual(new Set(['172.18.0.2']))
})

test('a server without ServiceCIDRs is not logged, and asked every ten minutes', async () => {
  const it = await follow({ [NODES]: [[]], [RANGES]: 404 })
  await it.waits(600_000, 600_000)
  expect(it.found).toEqual({ nodes: new Set() })
  expect(it.lines).toEqual([])
})

const times = <T>(count: number, make: (at: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, at) => make(at))

test.each([
  {
    name: 'a list without end',
    answers: { [NODES]: times(1000, () => []), [RANGES]: [[]] },
    error: /the list of nodes is larger than 10 MB/,
  },
  {
    name: 'nodes with too many addresses',
    answers: {
      [NODES]: times(6, (a) => times(100, (b) => node(...times(100, (c) => `10.${a}.${b}.${c}`)))),
      [RANGES]: [[]],
    },
    error: /nodes have more than 50000 addresses/,
  },
  {
    name: 'too many Service ranges',
    answers: {
      [NODES]: [[]],
      [RANGES]: [[range(...times(1001, (at) => `10.${at >> 8}.${at & 255}.0/24`))]],
    },
    error: /servicecidrs have more than 1000 ranges/,
  },
])('$name is refused, and the rest is read', async ({ answers, error }) => {
  const it = await follow(answers, { ...defaultReceiveLimits, listBytes: 10 * MB })
  await it.waits(400, 600_000)
  expect(it.lines.join()).toMatch(error)
  expect(it.lines).toHaveLength(1)
  expect(Object.keys(it.found)).toHaveLength(1)
})
