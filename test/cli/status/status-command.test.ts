// `clusterset-dns status` against fake API servers and a fake running fleet: what it prints, when it waits, its exit codes.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { printStatus } from '../../../src/cli/status/status-command.ts'
import { parseStatusFlags, type StatusFlags } from '../../../src/cli/status/status-flags.ts'
import { defaultSettings } from '../../../src/fleet/config.ts'
import type { FleetStatus } from '../../../src/fleet/status/document.ts'
import { type FakeMember, memberLease, startMember as start } from '../../support/fake-member.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { runCli } from '../../support/run-cli.ts'
import { fullStatus } from '../../support/status-document.ts'
import { waitFor } from '../../support/wait-for.ts'

/** The first member is the hub. */
function flagsOf(members: Readonly<Record<string, FakeMember>>, more: Partial<StatusFlags> = {}) {
  const specs = Object.entries(members).map(([id, { spec }]) => ({ id, spec }))
  const config = { ...defaultSettings, members: specs, hub: specs[0]!.spec }
  return { ...defaults, source: { kind: 'clusters', config } as const, ...more }
}

const defaults = { format: 'text', wait: false, timeoutMs: 20_000, debug: false } as const

function run(flags: StatusFlags) {
  const printed: string[] = []
  const logged: string[] = []
  const stop = new AbortController()
  const code = printStatus(
    flags,
    { log: memoryLog(logged).log },
    {
      show: (text) => void printed.push(text),
      paint: (_, text) => text,
      flush: async () => {},
    },
    stop.signal,
  )
  return { code, logged, stop, text: () => printed.join('') }
}

/** Members with the ids of a healthy fleet, and the Lease of its leader. */
async function startClusters() {
  const [east, west] = [await start('1'), await start('2')]
  east.putLease('fleet-leader', {
    metadata: {},
    spec: { holderIdentity: 'r1', renewTime: '2026-01-01T00:00:00.000000Z' },
  })
  return { east, west }
}

describe('the clusters themselves', () => {
  test('a healthy fleet: exit code 0, and a table of its clusters', async () => {
    const { code, text, logged } = run(flagsOf(await startClusters()))
    expect(await code).toBe(0)
    expect(text()).toMatch(
      /^hub {6}cluster east, endpoint http:\S+, reached\nleader {3}r1, renewed \d+ s ago\n/,
    )
    expect(text()).toMatch(/^healthy {2}yes$/m)
    expect(text()).toMatch(/^east {5}yes {2}ready {2}- {6}\S+ +v1\.36\.0 +v1alpha1 {2}0 /m)
    expect(text()).toMatch(/^west {10}ready /m)
    expect(text()).toMatch(/not looked at: phases, .* --fleet /)
    expect(logged).toEqual([])
  })

  test('JSON and YAML are the documented document', async () => {
    const clusters = await startClusters()
    const json = run(flagsOf(clusters, { format: 'json' }))
    const yaml = run(flagsOf(clusters, { format: 'yaml' }))
    expect([await json.code, await yaml.code]).toEqual([0, 0])
    const document = JSON.parse(json.text()) as FleetStatus
    expect(document).toMatchObject({
      apiVersion: 'clusterset-dns.io/v1',
      observer: 'command',
      hub: { member: 'east' },
      leader: { holder: 'r1' },
      clusters: [
        { name: 'east', hub: true },
        { name: 'west', hub: false },
      ],
      propagation: null,
    })
    expect(Object.keys(parse(yaml.text()) as object)).toEqual(Object.keys(document))
  })

  test('a cluster that is away, and one without CRDs: exit code 1, with the reasons', async () => {
    const { east, west } = await startClusters()
    const north = await start('3')
    north.state.served = []
    await west.close()
    const { code, text } = run(flagsOf({ east, west, north }))
    expect(await code).toBe(1)
    expect(text()).toMatch(/^healthy {2}no: west is away, north is crds-missing$/m)
    expect(text()).toMatch(/^west: API_UNREACHABLE: /m)
    expect(text()).toMatch(/^north: API_NOT_FOUND: .*install the MCS CRDs/m)
  }, 30_000)

  test('a cluster that has left is no problem', async () => {
    const { east, west } = await startClusters()
    east.putLease('member-west', memberLease('west', '2', 'done'))
    const { code, text } = run(flagsOf({ east, west }))
    expect(await code).toBe(0)
    expect(text()).toMatch(/^west: left: to add it again: clusterset-dns fleet join west$/m)
  })

  test('--wait ends when the last cluster is in sync, and says what it waits for', async () => {
    const { east, west } = await startClusters()
    west.state.failing = { '/api/v1/services': 403 }
    const { code, text, logged } = run(flagsOf({ east, west }, { wait: true, timeoutMs: 60_000 }))
    await waitFor('it says what it waits for', () => logged.join().includes('west'), {
      timeoutMs: 20_000,
    })
    expect(logged.join()).toContain('[INFO] waiting: west is forbidden')
    west.state.failing = {}
    expect(await code).toBe(0)
    expect(text()).toMatch(/^healthy {2}yes$/m)
  }, 60_000)

  test.each([
    ['a cluster', 'west', 1],
    ['the hub', 'east', 3],
  ] as const)(
    '--wait ends after --timeout while %s is away',
    async (_, away, expected) => {
      const clusters = await startClusters()
      await clusters[away].close()
      const { code, text } = run(flagsOf(clusters, { wait: true, timeoutMs: 2000 }))
      expect(await code).toBe(expected)
      expect(text()).toMatch(/^healthy {2}no: /m)
    },
    30_000,
  )

  test('a signal ends it', async () => {
    const clusters = await startClusters()
    await clusters.west.close()
    const { code, stop } = run(flagsOf(clusters, { wait: true }))
    stop.abort()
    await expect(code).rejects.toThrow()
  })
})

describe('a running fleet', () => {
  /** Serves these bodies at /status.json, the last one again and again. */
  async function serve(...bodies: readonly unknown[]) {
    const open = [...bodies]
    const server = createServer((_, response) => {
      response.end(JSON.stringify(open.length > 1 ? open.shift() : open[0]))
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    onTestFinished(() => void server.close())
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  }
  const status = (change: Partial<FleetStatus>) => ({
    ...fullStatus,
    hub: { ...fullStatus.hub, member: null },
    clusters: [],
    conflicts: [],
    propagation: [],
    retries: [],
    ...change,
  })
  const flags = (url: URL, more: Partial<StatusFlags> = {}) =>
    ({ ...defaults, source: { kind: 'fleet', url }, ...more }) as const

  test('is asked once without --wait', async () => {
    expect(await run(flags(await serve(status({})))).code).toBe(0)
    expect(await run(flags(await serve(status({ healthy: false })))).code).toBe(1)
  })

  test('is asked until it is healthy with --wait', async () => {
    const url = await serve(status({ healthy: false }), status({}))
    expect(await run(flags(url, { wait: true })).code).toBe(0)
  })

  test.each([
    ['that is none', () => serve({}), 'the answer is no status of clusterset-dns.io/v1'],
    [
      'that answers another document',
      () => serve({ apiVersion: 'clusterset-dns.io/v1', kind: 'Explanation' }),
      'the answer is no status of clusterset-dns.io/v1',
    ],
    ['that is away', async () => new URL('http://127.0.0.1:1'), 'is the fleet reachable?'],
  ])('%s: exit code 3', async (_, url, message) => {
    const { code, logged, text } = run(flags(await url()))
    expect(await code).toBe(3)
    expect(logged.join()).toContain(message)
    expect(text()).toBe('')
  })

  test('that ends in the middle of a document is asked again with --wait', async () => {
    let asked = 0
    const server = createServer((_, response) => {
      asked += 1
      if (asked > 1) response.end(JSON.stringify(status({})))
      else response.write('{"apiVersion":', () => response.destroy())
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    onTestFinished(() => void server.close())
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    expect(await run(flags(url, { wait: true })).code).toBe(0)
  })
})

describe('the command line', () => {
  test.each([
    [['east'], 'status: unexpected argument "east"'],
    [['--contexts', 'a', '--timeout', '1m'], '--timeout needs --wait'],
    [['--contexts', 'a', '--wait', '--timeout', 'soon'], '--timeout is "soon", not a duration'],
    [['--contexts', 'a', '--wait', '--timeout=-1m'], '--timeout is "-1m", not a duration'],
    [['--contexts', 'a', '-o', 'xml'], '--output is "xml"'],
    [['--wait'], 'no clusters given'],
  ])('%j is refused', (args, message) => {
    expect(() => parseStatusFlags(args)).toThrow(message)
  })

  test('exits with 3 when the running fleet cannot be asked, and prints nothing', async () => {
    const { code, stdout, stderr } = await runCli([
      'status',
      '--fleet',
      'http://127.0.0.1:1',
      '-o',
      'json',
    ])
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toMatch(/^\[ERROR\] http:\/\/127\.0\.0\.1:1\/status\.json: /)
  }, 60_000)

  test('has a timeout of five minutes', () => {
    const flags = parseStatusFlags(['--fleet', 'http://h', '--wait', '-o', 'json'])
    expect(flags).toMatchObject({ wait: true, timeoutMs: 300_000, format: 'json' })
  })
})
