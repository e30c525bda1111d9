// The nodes and the Service ranges of a cluster as read from its API server: page by page, every ten minutes, and never
// fatal.
import { expect, onTestFinished, test } from 'vitest'
import { followNetwork, type OwnNetwork } from '../../../src/fleet/member/own-network.ts'
import { ApiClient } from '../../../src/kube/api-client.ts'
import { fullClientDeps } from '../../../src/kube/client-deps.ts'
import { startFakeApiServer } from '../../support/fake-apiserver.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { waitFor } from '../../support/wait-for.ts'

const NODES = '/api/v1/nodes'
const RANGES = '/apis/networking.k8s.io/v1/servicecidrs'

/** Pages of lists by path, or the status of an error. */
async function follow(answers: Record<string, readonly (readonly object[])[] | number>) {
  const requests: string[] = []
  const server = await startFakeApiServer((url, response) => {
    requests.push(`${url.pathname}${url.search}`)
    const pages = answers[url.pathname]!
    const isError = typeof pages === 'number'
    response.writeHead(isError ? pages : 200, { 'content-type': 'application/json' })
    if (isError) return void response.end('{}')
    const page = Number(url.searchParams.get('continue') ?? 0)
    const next = page + 1 < pages.length ? { continue: String(page + 1) } : {}
    response.end(JSON.stringify({ metadata: next, items: pages[page] }))
  })
  const lines: string[] = []
  const clock = handClock()
  const deps = fullClientDeps({ log: memoryLog(lines).log, clock })
  const client = new ApiClient({ kind: 'endpoint', url: server.url }, deps)
  const stop = new AbortController()
  const found: OwnNetwork[] = []
  const onRead = (network: OwnNetwork) => void found.push(network)
  const done = followNetwork({ name: 'c1', client, deps, onRead }, stop.signal)
  onTestFinished(async () => {
    stop.abort()
    await done
    await client.close()
    await server.close()
  })
  const read = (times: number) =>
    waitFor(`it was read ${times} times`, () => found.length === times && clock.waiting.length > 0)
  return { answers, requests, lines, clock, found, read }
}

const node = (...addresses: readonly string[]) => {
  return { status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) } }
}
const range = (...cidrs: readonly string[]) => ({ spec: { cidrs } })

test('all pages are read, and read again after ten minutes', async () => {
  const it = await follow({
    [NODES]: [[node('172.18.0.2', 'node-1')], [node('172.18.0.3')]],
    [RANGES]: [[range('10.96.0.0/16', 'fd00:96::/112')]],
  })
  await it.read(1)
  expect(it.found[0]?.nodes).toEqual(['172.18.0.2', 'node-1', '172.18.0.3'])
  expect(it.found[0]?.serviceRanges).toMatchObject([{ length: 16 }, { length: 112 }])
  expect(it.requests.sort()).toEqual([
    `${NODES}?limit=250`,
    `${NODES}?limit=250&continue=1`,
    `${RANGES}?limit=250`,
  ])
  it.answers[NODES] = [[]]
  it.clock.advance(600_000)
  await it.read(2)
  expect(it.found[1]?.nodes).toEqual([])
  expect(it.lines).toEqual([])
})

test('what may not be read is logged once and left out; a server without ServiceCIDRs is not logged', async () => {
  const it = await follow({ [NODES]: 403, [RANGES]: 404 })
  await it.read(1)
  it.clock.advance(600_000)
  await it.read(2)
  expect(it.found).toEqual([
    { nodes: undefined, serviceRanges: undefined },
    { nodes: undefined, serviceRanges: undefined },
  ])
  expect(it.lines).toHaveLength(1)
  expect(it.lines[0]).toMatch(
    /WARNING.*cluster c1: .*nodes.*endpoints of other clusters may have these/,
  )
})
