// Queries per second, and answers per CPU second of the server, which is also valid when the client is the limit. All
// servers run on one core; each round measures one after the other.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LoadOptions, runLoad } from '../support/dnsperf.ts'
import {
  hasProgram,
  type Peer,
  type PeerName,
  startPeer,
  startReplayApi,
} from '../support/peers.ts'
import { cpuSeconds } from '../support/process.ts'
import { queryMix } from '../support/queries.ts'
import { type Goal, publish, ratioGoal } from '../support/report.ts'
import { median } from '../support/stats.ts'

export const SERVER_CPU = '0'
export const CLIENT_CPU = '1'
const SERVICES = 10_000
const QUERIES = 200_000

interface Measured {
  readonly queriesPerSecond: number[]
  readonly perCpuSecond: number[]
  lost: number
}

/** Writes a data file for dnsperf with the query mix over `services` Services; returns its path. */
export function queryFile(services: number): string {
  const file = join(mkdtempSync(join(tmpdir(), 'queries-')), 'mix')
  writeFileSync(file, queryMix(services, QUERIES))
  return file
}

/** Measures the servers one after the other, `rounds` times. */
async function inRounds(
  peers: readonly Peer[],
  rounds: number,
  load: Omit<LoadOptions, 'port' | 'cpus'>,
): Promise<Map<Peer, Measured>> {
  const results = new Map(
    peers.map((peer): [Peer, Measured] => [
      peer,
      { queriesPerSecond: [], perCpuSecond: [], lost: 0 },
    ]),
  )
  for (let round = 0; round < rounds; round++) {
    for (const [peer, result] of results) {
      const before = cpuSeconds(peer.pid)
      const { port } = peer
      const { queriesPerSecond, completed, lost } = await runLoad({
        ...load,
        port,
        cpus: CLIENT_CPU,
      })
      const used = cpuSeconds(peer.pid) - before
      peer.check()
      result.queriesPerSecond.push(queriesPerSecond)
      result.perCpuSecond.push(completed / used)
      result.lost += lost
      process.stderr.write(
        `${peer.name}: ${Math.round(queriesPerSecond)}/s, ${Math.round(completed / used)} per CPU second\n`,
      )
    }
  }
  return results
}

const thousands = (value: number) => `${(value / 1000).toFixed(1)}k`

/** Measures all servers `rounds` times for `seconds` each, and writes bench/results/qps.md. */
export async function qps(rounds = 5, seconds = 4): Promise<void> {
  const names: PeerName[] = [
    'clusterset-dns',
    'clusterset-dns (dgram)',
    'clusterset-dns (log)',
    'echo by node:dgram',
    'CoreDNS',
  ]
  const notes = [
    `${SERVICES} services; 55 % A, 15 % AAAA, 10 % SRV, 10 % NXDOMAIN, 10 % single Pods, all with EDNS.`,
    `Servers on one core, dnsperf on another; medians of ${rounds} alternating rounds of ${seconds} s.`,
    'The echo shows the limit of node:dgram; NSD shows the limit of the kernel for a server in C.',
    'Ours and CoreDNS count every query for Prometheus; CoreDNS has no cache.',
  ]
  if (hasProgram('nsd')) names.push('NSD')
  else notes.push('NSD is not installed (Debian package nsd) and was skipped.')
  const cores = cpus().length
  if (cores < 4)
    notes.push(
      `Two server cores against one is skipped: it needs 4 cores, this machine has ${cores}.`,
    )
  const measured = await measureServers(names, rounds, seconds)
  const bySize = await moreServices(rounds, seconds)
  publish({
    name: 'qps',
    title: 'Queries a second',
    columns: ['server', 'queries/s', 'answers per server CPU second', 'lost'],
    rows: [...serverRows(measured), ...bySize.rows],
    goals: [...serverGoals(measured), ...bySize.goals],
    notes,
  })
}

interface Medians {
  readonly queriesPerSecond: number
  readonly perCpuSecond: number
  /** Of all rounds. */
  readonly lost: number
}

/** The results of each server, by transport. */
interface ServerResults {
  readonly udp: ReadonlyMap<PeerName, Medians>
  readonly tcp: ReadonlyMap<PeerName, Medians>
}

/** Measures all servers over UDP, then ours and CoreDNS over TCP. */
async function measureServers(
  names: readonly PeerName[],
  rounds: number,
  seconds: number,
): Promise<ServerResults> {
  const queries = queryFile(SERVICES)
  const api = await startReplayApi(SERVICES, CLIENT_CPU)
  const peers: Peer[] = []
  try {
    for (const name of names) {
      peers.push(await startPeer(name, { services: SERVICES, apiPort: api.port, cpus: SERVER_CPU }))
    }
    const udp = await inRounds(peers, rounds, { queries, seconds })
    const tcpPeers = peers.filter(({ name }) => ['clusterset-dns', 'CoreDNS'].includes(name))
    const tcpLoad = { queries, seconds, mode: 'tcp', clients: 50, outstanding: 1000 } as const
    const tcp = await inRounds(tcpPeers, rounds, tcpLoad)
    return { udp: medians(udp), tcp: medians(tcp) }
  } finally {
    for (const peer of peers) await peer.stop()
    await api.stop()
  }
}

function medians(results: ReadonlyMap<Peer, Measured>): ReadonlyMap<PeerName, Medians> {
  return new Map(
    [...results].map(([{ name }, { queriesPerSecond, perCpuSecond, lost }]) => [
      name,
      { queriesPerSecond: median(queriesPerSecond), perCpuSecond: median(perCpuSecond), lost },
    ]),
  )
}

function serverRows(results: ServerResults): string[][] {
  const rows = (transport: string, servers: ReadonlyMap<PeerName, Medians>) =>
    [...servers].map(([name, { queriesPerSecond, perCpuSecond, lost }]) => [
      `${name}, ${transport}`,
      thousands(queriesPerSecond),
      thousands(perCpuSecond),
      String(lost),
    ])
  return [...rows('UDP', results.udp), ...rows('TCP', results.tcp)]
}

function serverGoals({ udp, tcp }: ServerResults): Goal[] {
  const of = (servers: ReadonlyMap<PeerName, Medians>, name: PeerName): Medians => {
    const result = servers.get(name)
    if (result === undefined) throw new Error(`${name} was not measured`)
    return result
  }
  const ours = of(udp, 'clusterset-dns')
  const dgram = of(udp, 'clusterset-dns (dgram)')
  const withLog = of(udp, 'clusterset-dns (log)')
  const coredns = of(udp, 'CoreDNS')
  const nsd = udp.get('NSD')
  const rateAgainst = (server: Medians, reference: Medians) =>
    server.queriesPerSecond / reference.queriesPerSecond
  const perCpuAgainst = (server: Medians, reference: Medians) =>
    server.perCpuSecond / reference.perCpuSecond
  const goals = [
    ratioGoal('queries/s against CoreDNS', rateAgainst(ours, coredns), 10),
    ratioGoal('answers per CPU second against CoreDNS', perCpuAgainst(ours, coredns), 10),
    ratioGoal('dgram against CoreDNS, queries/s', rateAgainst(dgram, coredns), 3.5),
    ratioGoal('with the query log against without', rateAgainst(withLog, ours), 0.5),
    ratioGoal(
      'TCP, 50 connections, against CoreDNS, queries/s',
      rateAgainst(of(tcp, 'clusterset-dns'), of(tcp, 'CoreDNS')),
      3,
    ),
  ]
  if (nsd !== undefined) {
    goals.push(ratioGoal('answers per CPU second against NSD', perCpuAgainst(ours, nsd), 0.95))
  }
  return goals
}

/** Measures our server with 1,000 and with 100,000 Services, in alternating rounds. */
async function moreServices(rounds: number, seconds: number) {
  const counts = [1000, 100_000]
  const stops: (() => Promise<void>)[] = []
  const rates = new Map<number, number[]>()
  const perCpu = new Map<number, number[]>()
  try {
    const peers: { count: number; peer: Peer; queries: string }[] = []
    for (const count of counts) {
      const api = await startReplayApi(count, CLIENT_CPU)
      stops.push(api.stop)
      const peer = await startPeer('clusterset-dns', {
        services: count,
        apiPort: api.port,
        cpus: SERVER_CPU,
      })
      stops.push(peer.stop)
      peers.push({ count, peer, queries: queryFile(count) })
    }
    for (let round = 0; round < rounds; round++) {
      for (const { count, peer, queries } of peers) {
        const [[, result]] = [...(await inRounds([peer], 1, { queries, seconds }))] as [
          [Peer, Measured],
        ]
        rates.set(count, [...(rates.get(count) ?? []), ...result.queriesPerSecond])
        perCpu.set(count, [...(perCpu.get(count) ?? []), ...result.perCpuSecond])
      }
    }
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
  const rate = (count: number) => median(rates.get(count) ?? [])
  return {
    rows: counts.map((count) => [
      `clusterset-dns, UDP, ${count} services`,
      thousands(rate(count)),
      thousands(median(perCpu.get(count) ?? [])),
      '',
    ]),
    goals: [
      ratioGoal('100,000 services against 1,000, queries/s', rate(100_000) / rate(1000), 0.85),
    ],
  }
}
