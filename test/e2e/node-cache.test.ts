// A node cache with the Corefile of deploy/dns/overlays/node-cache on a node that is a network namespace. Which server answers shows
// in `who.test`, a name that only the node cache has. docs/node-cache.md promises what is tested here.
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  askFrom,
  type CacheNode,
  CLUSTER_IP,
  describeWithNode,
  hasDummyInterfaces,
  KUBE_PROXY,
  LOCAL_IP,
  startCacheNode,
} from '../support/node-cache.ts'
import type { OurServer } from '../support/our-server.ts'
import { waitFor } from '../support/wait-for.ts'

const INTERFACE = 'nodelocaldns'
const WEB = 'web.shop.svc.cluster.local'

vi.setConfig({ testTimeout: 60_000 })

await describeWithNode('a node cache', () => {
  let world: CacheNode
  let hasDummy: boolean

  beforeAll(async () => {
    hasDummy = await hasDummyInterfaces()
    world = await startCacheNode()
  })

  afterAll(() => world?.stop())

  /** Starts the cache; where the kernel has no dummy interfaces, on another interface with the name. */
  async function start(...options: Parameters<CacheNode['startCache']>): Promise<OurServer> {
    const isThere = (await links()).includes(INTERFACE)
    if (!hasDummy && !isThere) await world.node.run('ip', 'link', 'add', INTERFACE, 'type', 'ifb')
    return world.startCache(...options)
  }

  /** As `start`, until the end of the test. An orderly stop takes the lameduck time, so it has a test of its own. */
  async function startForTest(...options: Parameters<CacheNode['startCache']>): Promise<OurServer> {
    const server = await start(...options)
    onTestFinished(() => end(server))
    return server
  }

  async function end(server: OurServer): Promise<void> {
    await server.child.kill9()
    await server.stop()
  }

  async function links(): Promise<readonly string[]> {
    const text = await world.node.run('ip', '-json', 'link', 'show')
    return (JSON.parse(text) as { ifname: string }[]).map(({ ifname }) => ifname)
  }

  async function addresses(): Promise<readonly string[]> {
    const text = await world.node.run('ip', '-json', '-4', 'address', 'show', 'dev', INTERFACE)
    interface Shown {
      readonly addr_info: readonly { readonly local: string; readonly scope: string }[]
    }
    return (JSON.parse(text) as Shown[])
      .flatMap(({ addr_info }) => addr_info)
      .map(({ local, scope }) => `${local} ${scope}`)
  }

  /** The rules as a list; undefined without the table. */
  async function rules(): Promise<readonly string[] | undefined> {
    const text = await world.node.run('nft', 'list', 'ruleset')
    const [, table] = text.split(/^table inet clusterset_dns /m)
    return table
      ?.split('\n')
      .filter((line) => line.includes('notrack'))
      .map((line) => line.trim().replace(/counter packets \d+ bytes \d+/, 'counter'))
  }

  /** Who answers a pod at this address. */
  async function whoAnswers(server: string): Promise<string> {
    const reply = await askFrom(world.pod, server, 'who.test')
    if (typeof reply === 'string') return reply
    return reply.answers.length === 1 ? 'node cache' : 'kube-dns'
  }

  const output = (server: OurServer, text: string) =>
    waitFor(text, () => server.output().includes(text), {
      timeoutMs: 30_000,
      detail: server.child.tail,
    })

  test('is not there: pods ask kube-dns at its ClusterIP', async () => {
    expect(await whoAnswers(CLUSTER_IP)).toBe('kube-dns')
    expect(await rules()).toBeUndefined()
  })

  describe('that runs', () => {
    let server: OurServer

    beforeAll(async () => {
      server = await start()
    })

    afterAll(() => server && end(server))

    test('has interface and rules, and answers pods and the node itself at both addresses', async () => {
      expect(await addresses()).toEqual([`${LOCAL_IP} host`, `${CLUSTER_IP} host`])
      const both = [LOCAL_IP, CLUSTER_IP]
      const each = (to: string, from: string) =>
        both.flatMap((address) =>
          ['udp', 'tcp'].map(
            (protocol) => `ip ${to} ${address} ${protocol} ${from} 53 counter notrack`,
          ),
        )
      expect([...(await rules())!].sort()).toEqual(
        [...each('daddr', 'dport'), ...each('daddr', 'dport'), ...each('saddr', 'sport')].sort(),
      )
      const list = await world.node.run('nft', 'list', 'table', 'inet', 'clusterset_dns')
      expect(list).toContain('flags owner')
      for (const hook of ['prerouting', 'output'])
        expect(list).toContain(`type filter hook ${hook} priority raw; policy accept;`)
      for (const from of [world.pod, world.node]) {
        for (const address of both) {
          for (const protocol of ['udp', 'tcp'] as const) {
            const where = `${protocol} ${address}`
            expect(await askFrom(from, address, WEB, protocol), where).toMatchObject({
              rcode: 'NOERROR',
              answers: [{ data: '10.0.0.1' }],
            })
          }
        }
      }
      for (const address of both) expect(await whoAnswers(address)).toBe('node cache')
      expect(server.output()).toContain(
        `interface ${INTERFACE} ${hasDummy ? 'created' : 'taken over'}`,
      )
    })

    test('asks for names of the cluster by TCP, once, and for others by UDP', async () => {
      const asked = (name: string) =>
        world.kubeDns.output().match(new RegExp(`"A IN ${name}\\. \\w+`, 'g')) ?? []
      for (const name of [WEB, WEB, 'www.example.com', 'www.example.com']) {
        expect(await askFrom(world.pod, CLUSTER_IP, name)).toMatchObject({ rcode: 'NOERROR' })
      }
      await waitFor('kube-dns has logged it', () => asked('www.example.com').length > 0)
      expect(asked(WEB)).toEqual([`"A IN ${WEB}. tcp`])
      expect(asked('www.example.com')).toEqual(['"A IN www.example.com. udp'])
    })

    test('is healthy, ready and measured at the addresses of the overlay', async () => {
      const get = `fetch(process.argv[1]).then(async (r) => console.log(r.status, (await r.text()).split('\\n')[0]))`
      const page = (url: string) => world.node.run(process.execPath, '-e', get, `http://${url}`)
      expect(await page(`${LOCAL_IP}:8080/health`)).toBe('200 OK\n')
      expect(await page(`${LOCAL_IP}:8181/ready`)).toBe('200 OK\n')
      expect(await page('10.250.0.1:9253/metrics')).toMatch(/^200 # /)
    })

    test('goes on when a second one cannot start', async () => {
      await expect(world.startCache()).rejects.toThrow(/address already in use/)
      expect(await rules()).toHaveLength(12)
      for (const address of [LOCAL_IP, CLUSTER_IP])
        expect(await whoAnswers(address)).toBe('node cache')
    })
  })

  test('that is stopped hands pods over to kube-dns, answers what arrives at its own address, and leaves nothing', async () => {
    const server = await startForTest()
    server.child.kill('SIGTERM')
    await output(server, 'Going into lameduck mode for 5s')
    expect(await whoAnswers(CLUSTER_IP)).toBe('kube-dns')
    expect(await whoAnswers(LOCAL_IP)).toBe('node cache')
    expect(await rules()).toEqual(
      [LOCAL_IP, CLUSTER_IP].flatMap((address) =>
        ['udp', 'tcp'].map(
          (protocol) => `ip saddr ${address} ${protocol} sport 53 counter notrack`,
        ),
      ),
    )
    await server.child.ended
    expect(server.child.exitCode(), server.output()).toBe(0)
    expect(await rules()).toBeUndefined()
    expect(await links()).not.toContain(INTERFACE)
    expect(await whoAnswers(CLUSTER_IP)).toBe('kube-dns')
  })

  test('that is killed leaves pods to kube-dns, and the next one takes over what it left', async () => {
    const first = await startForTest()
    await first.child.kill9()
    await waitFor('the kernel has removed the rules', async () => (await rules()) === undefined)
    expect(await links()).toContain(INTERFACE)
    expect(await addresses()).toEqual([`${LOCAL_IP} host`, `${CLUSTER_IP} host`])
    expect(await whoAnswers(CLUSTER_IP)).toBe('kube-dns')
    expect(await whoAnswers(LOCAL_IP)).toBe('ECONNREFUSED')
    const second = await startForTest()
    expect(second.output()).toContain(`interface ${INTERFACE} taken over`)
    for (const address of [LOCAL_IP, CLUSTER_IP])
      expect(await whoAnswers(address)).toBe('node cache')
    expect(await rules()).toHaveLength(12)
  })

  test('keeps its rules when the ruleset is flushed, and its interface when somebody deletes it', async () => {
    const server = await startForTest()
    await world.node.run('nft', 'flush', 'table', 'inet', 'clusterset_dns').catch(() => '')
    await world.node.run('nft', 'flush', 'ruleset').catch(() => '')
    await world.node.run('nft', KUBE_PROXY)
    expect(await rules()).toHaveLength(12)
    if (hasDummy) await world.node.run('ip', 'link', 'delete', INTERFACE)
    else await world.node.run('ip', 'address', 'flush', 'dev', INTERFACE)
    await output(server, 'was gone, and is back')
    expect(await whoAnswers(LOCAL_IP)).toBe('node cache')
  })

  test('gives an address up that a reload no longer serves', async () => {
    const server = await startForTest()
    const text = readFileSync(server.corefile, 'utf8')
    writeFileSync(server.corefile, text.replaceAll(' {$KUBE_DNS_SERVICE_HOST}', ''))
    server.child.kill('SIGUSR1')
    await output(server, `no server block listens on port 53 of ${CLUSTER_IP}`)
    expect(await whoAnswers(CLUSTER_IP)).toBe('kube-dns')
    expect(await whoAnswers(LOCAL_IP)).toBe('node cache')
    writeFileSync(server.corefile, text)
    server.child.kill('SIGUSR1')
    await waitFor('the rules are back', async () => (await rules())?.length === 12, {
      timeoutMs: 30_000,
    })
    expect(await whoAnswers(CLUSTER_IP)).toBe('node cache')
  })

  test('answers at addresses of both families', async () => {
    const both = [LOCAL_IP, 'fd00:53::a']
    const corefile = `.:53 {\n bind ${both.join(' ')}\n hosts {\n 10.0.0.3 both.test\n }\n}\n`
    await startForTest({ corefile, args: ['-localip', both.join()] })
    for (const address of both) {
      expect(await askFrom(world.node, address, 'both.test', 'tcp')).toMatchObject({
        answers: [{ data: '10.0.0.3' }],
      })
    }
    const ofIpv6 = (await rules())!.filter((rule) => rule.startsWith('ip6'))
    expect(ofIpv6.sort()).toEqual(
      ['tcp', 'udp']
        .flatMap((protocol) => [
          ...['d', 'd', 's'].map(
            (which) => `ip6 ${which}addr fd00:53::a ${protocol} ${which}port 53 counter notrack`,
          ),
        ])
        .sort(),
    )
  })

  test('without CAP_NET_ADMIN says what it needs', async () => {
    const without = ['setpriv', '--inh-caps=-net_admin', '--bounding-set=-net_admin'] as const
    await expect(world.startCache({ through: without })).rejects.toThrow(
      /cannot (create|set) the .*interface nodelocaldns.*: EPERM; it needs root with CAP_NET_ADMIN/,
    )
  })
})
