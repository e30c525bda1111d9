// `acl`, `loadbalance` and `bind` in running servers, beside the real CoreDNS 1.14.7: generated access lists with questions of
// several clients; the order of addresses by networks and weights; and the addresses that `except` leaves out.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareAll, compareServers, type Pair } from '../support/compare-servers.ts'
import { startCoreDNS } from '../support/coredns.ts'
import { comparable } from '../support/differences.ts'
import { openTcp, query } from '../support/dns-client.ts'
import type { DnsProcess } from '../support/dns-process.ts'
import { describeWithTools } from '../support/e2e.ts'
import { startOurServer } from '../support/our-server.ts'
import { createRandom } from '../support/random.ts'
import { randomAclQuery, randomAcls } from '../support/random-acl.ts'
import { startUpstream, type Upstream } from '../support/upstream-server.ts'
import { waitFor } from '../support/wait-for.ts'

const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 20_261_201)
const BLOCKS = 8
const QUESTIONS = Number(process.env.DIFFERENTIAL_QUESTIONS ?? 600)
const IN_FLIGHT = 32
/** For a reply; those that are dropped have none. */
const TIMEOUT_MS = 400

const hasIpv6 = (networkInterfaces().lo ?? []).some(({ address }) => address === '::1')
const BIND = hasIpv6 ? 'bind 127.0.0.1 ::1' : 'bind 127.0.0.1'

let folder: string
let upstream: Upstream

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'acl-'))
  upstream = await startUpstream()
})

afterAll(async () => {
  await upstream?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** The reply of CoreDNS without its faults: OPT for a client without EDNS, and DO for all others (README of `acl`). */
function withoutFaults({ query: { spec }, theirs }: Pair): Pair['theirs'] {
  if (theirs?.opt === undefined || theirs.answers.length > 0) return theirs
  const opt = { ...theirs.opt, do: spec.edns?.do ?? false }
  return { ...theirs, opt: spec.edns === undefined ? undefined : opt }
}

/** The series of `acl`, without ports. */
async function seriesOf(server: DnsProcess): Promise<readonly string[]> {
  const lines = (await server.metrics()).split('\n').filter((line) => /^coredns_acl_/.test(line))
  const labels = (text: string) => text.split(',').sort().join()
  return lines
    .map((line) => line.replace(`:${server.port}"`, ':53"'))
    .map((line) => line.replace(/\{(.*)\} .*/, (_, all: string) => `{${labels(all)}}`))
    .sort()
}

describeWithTools('beside CoreDNS 1.14.7', (tools) => {
  const started: DnsProcess[] = []
  afterAll(() => Promise.all(started.map((server) => server.stop())))

  async function startBoth(corefile: string) {
    const servers = await Promise.all([
      startOurServer({ corefile }),
      startCoreDNS({ coredns: tools.coredns, corefile }),
    ])
    started.push(...servers)
    const [ours, theirs] = servers
    return { ours: ours!, theirs: theirs! }
  }

  test(`acl: ${BLOCKS} blocks with generated lists, seed ${SEED}`, {
    timeout: 120_000,
  }, async () => {
    const random = createRandom(SEED)
    const zones = Array.from({ length: BLOCKS }, (_, i) => `b${i}.test`)
    const metrics = 'prometheus 127.0.0.1:{$METRICS_PORT}'
    const blocks = zones.map((zone) => {
      const hosts = `hosts {\n10.0.0.1 a.${zone} c.${zone}\n::1 a.${zone}\n10.0.0.2 b.${zone}\n}`
      const rewrite = `rewrite name x.${zone} a.${zone}`
      const regex = `rewrite name regex ^y\\.${zone}$ b.${zone}`
      const before = random.chance(50) ? [rewrite] : random.chance(30) ? [regex] : []
      const lines = [BIND, metrics, ...before, randomAcls(random, zone), hosts]
      return `${zone} {\n${lines.join('\n')}\n}`
    })
    const rest = [
      BIND,
      metrics,
      randomAcls(random, 'test'),
      'cache 30',
      `forward . ${upstream.address}`,
    ]
    const corefile = [...blocks, `. {\n${rest.join('\n')}\n}`, ''].join('\n')
    const { ours, theirs } = await startBoth(corefile)
    const names = [
      ...zones.flatMap((zone) =>
        ['a', 'b', 'c', 'x', 'y', 'sub.a'].map((name) => `${name}.${zone}`),
      ),
      ...Array.from({ length: 6 }, (_, i) => `host.q${i}.upstream.test`),
    ]
    const comparison = compareServers({
      ours: ours.port,
      theirs: theirs.port,
      timeoutMs: TIMEOUT_MS,
      explain: (pair) =>
        comparable(pair.ours) === comparable(withoutFaults(pair)) ? 'fault of OPT' : undefined,
    })
    const questions = Array.from({ length: QUESTIONS }, () =>
      randomAclQuery(random, names, hasIpv6),
    )
    const { differences } = await compareAll(comparison, questions, IN_FLIGHT)
    expect(differences.join('\n\n'), corefile).toBe('')
    expect(await seriesOf(ours)).toEqual(await seriesOf(theirs))
  })

  describe('loadbalance and bind', () => {
    let servers: { ours: DnsProcess; theirs: DnsProcess }
    const weights = () => join(folder, 'weights')
    const writeWeights = (first: number, second: number, third: number) =>
      writeFile(
        weights(),
        `a.weighted.test\n10.1.0.1 ${first}\n10.1.0.2 ${second}\n10.1.0.3 ${third}\n`,
      )

    beforeAll(async () => {
      await writeWeights(60, 30, 10)
      const hosts = (name: string) =>
        ['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.2.0.1', '10.2.0.2'].map((ip) => `${ip} ${name}`)
      servers = await startBoth(`prefer.test {
  bind 127.0.0.1
  loadbalance {
    prefer 10.2.0.0/16 10.1.0.2/31
  }
  hosts {
    ${hosts('a.prefer.test').join('\n    ')}
  }
}
weighted.test {
  bind 127.0.0.1
  loadbalance weighted ${weights()} {
    reload 100ms
  }
  hosts {
    ${hosts('a.weighted.test').slice(0, 3).join('\n    ')}
  }
}
except.test {
  bind 127.0.0.2 127.0.0.3 lo {
    except 127.0.0.2 lo
  }
  whoami
}
. {
  bind 127.0.0.1
  loadbalance {
    prefer 203.0.0.8/29 203.0.0.0/30 2001:db8::4/126
  }
  cache 30
  forward . ${upstream.address}
}
`)
    }, 60_000)

    const both = ['ours', 'theirs'] as const
    const dataOf = async (server: DnsProcess, name: string, type = 'A', tcp = false) => {
      const { answers } = await query({ port: server.port, name, type, tcp })
      return answers.map(({ data }) => data)
    }

    test.each(both)('prefer, from a table: the networks come in their order: %s', async (which) => {
      const rankOf = (ip: string) => (/^10\.2\./.test(ip) ? 0 : /^10\.1\.0\.[23]$/.test(ip) ? 1 : 2)
      const firsts = new Set<string>()
      for (let i = 0; i < 30; i++) {
        const addresses = await dataOf(servers[which], 'a.prefer.test', 'A', i % 5 === 0)
        expect(addresses.map(rankOf)).toEqual([0, 0, 1, 1, 2])
        firsts.add(addresses[0]!)
      }
      expect(firsts).toEqual(new Set(['10.2.0.1', '10.2.0.2']))
    })

    test('prefer, from upstreams and the cache: both servers have the same networks in order', async () => {
      const rankOf = (ip: string) => {
        const isIpv4 = ip.includes('.')
        const last = Number.parseInt(ip.split(isIpv4 ? '.' : ':').at(-1)!, isIpv4 ? 10 : 16)
        if (!isIpv4) return last >= 4 && last < 8 ? 2 : 3
        return last >= 8 && last < 16 ? 0 : last < 4 ? 1 : 3
      }
      const names = ['many-3.p', 'many-20.p', 'many-90.p', 'cname-2.p', 'host.p']
      for (const name of names.map((one) => `${one}.upstream.test`)) {
        for (const type of ['A', 'AAAA']) {
          for (const tcp of [false, true, false]) {
            const all = await Promise.all(both.map((one) => dataOf(servers[one], name, type, tcp)))
            const [mine, other] = all.map((addresses) =>
              addresses.filter((data) => !data.endsWith('.')).map(rankOf),
            )
            expect(mine, `${name} ${type}`).toEqual(mine!.toSorted((a, b) => a - b))
            expect(mine, `${name} ${type}`).toEqual(other)
          }
        }
      }
    })

    /** How often each address comes first, of `rounds` times 20 answers. */
    const sharesOf = async (server: DnsProcess, rounds: number) => {
      const firsts: string[] = []
      for (let i = 0; i < rounds; i++) {
        const answers = Array.from({ length: 20 }, () => dataOf(server, 'a.weighted.test'))
        firsts.push(...(await Promise.all(answers)).map(([first]) => first!))
      }
      return (ip: string) => firsts.filter((one) => one === ip).length / firsts.length
    }

    test.each(both)('weighted: each address comes first by its weight: %s', async (which) => {
      const share = await sharesOf(servers[which], 30)
      // Six times the standard deviation of 600 answers.
      expect(Math.abs(share('10.1.0.1') - 0.6)).toBeLessThan(0.12)
      expect(Math.abs(share('10.1.0.2') - 0.3)).toBeLessThan(0.12)
      expect(Math.abs(share('10.1.0.3') - 0.1)).toBeLessThan(0.08)
    })

    test('weighted: a new file is read', async () => {
      await writeWeights(1, 1, 255)
      for (const which of both) {
        const isNew = async () => (await sharesOf(servers[which], 2))('10.1.0.3') > 0.9
        await waitFor(`the new weights: ${which}`, isNew)
      }
    })

    test.each(both)('bind: what `except` names is not listened on: %s', async (which) => {
      const { port } = servers[which]
      const isOpen = (host: string) =>
        openTcp({ port, host }).then(
          ({ close }) => {
            close()
            return true
          },
          () => false,
        )
      const hosts = ['127.0.0.1', '127.0.0.2', '127.0.0.3', ...(hasIpv6 ? ['::1'] : [])]
      const open = await Promise.all(hosts.map(isOpen))
      expect(Object.fromEntries(hosts.map((host, i) => [host, open[i]]))).toEqual({
        '127.0.0.1': true,
        '127.0.0.2': false,
        '127.0.0.3': true,
        ...(hasIpv6 ? { '::1': false } : {}),
      })
    })
  })
})
