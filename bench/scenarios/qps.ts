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
import { publish, ratioGoal } from '../support/report.ts'
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
export async function inRounds(
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
  const queries = queryFile(SERVICES)
  const api = await startReplayApi(SERVICES, CLIENT_CPU)
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
  const peers: Peer[] = []
  try {
    for (const name of names) {
      peers.push(await startPeer(name, { services: SERVICES, apiPort: api.port, cpus: SERVER_CPU }))
    }
    const udp = await inRounds(peers, rounds, { queries, seconds })
    const tcpPeers = peers.filter(({ name }) => ['clusterset-dns', 'CoreDNS'].includes(name))
    const tcpLoad = { queries, seconds, mode: 'tcp', clients: 50, outstanding: 1000 } as const
    const tcp = await inRounds(tcpPeers, rounds, tcpLoad)
    for (const peer of peers.splice(0)) await peer.stop()

    const medians = (results: Map<Peer, Measured>, name: PeerName) => {
      const result = [...results].find(([peer]) => peer.name === name)?.[1]
      if (result === undefined) throw new Error(`${name} was not measured`)
      return {
        rate: median(result.queriesPerSecond),
        perCpu: median(result.perCpuSecond),
        lost: result.lost,
      }
    }
    const ours = medians(udp, 'clusterset-dns')
    const dgram = medians(udp, 'clusterset-dns (dgram)')
    const coredns = medians(udp, 'CoreDNS')
    const cell = ({ rate, perCpu, lost }: typeof ours) => [
      thousands(rate),
      thousands(perCpu),
      String(lost),
    ]
    const rows = names.map((name) => [`${name}, UDP`, ...cell(medians(udp, name))])
    for (const { name } of tcpPeers) rows.push([`${name}, TCP`, ...cell(medians(tcp, name))])
    const goals = [
      ratioGoal('queries/s against CoreDNS', ours.rate / coredns.rate, 10),
      ratioGoal('answers per CPU second against CoreDNS', ours.perCpu / coredns.perCpu, 10),
      ratioGoal('dgram against CoreDNS, queries/s', dgram.rate / coredns.rate, 3.5),
      ratioGoal(
        'with the query log against without',
        medians(udp, 'clusterset-dns (log)').rate / ours.rate,
        0.5,
      ),
      ratioGoal(
        'TCP, 50 connections, against CoreDNS, queries/s',
        medians(tcp, 'clusterset-dns').rate / medians(tcp, 'CoreDNS').rate,
        3,
      ),
    ]
    if (names.includes('NSD')) {
      const nsd = medians(udp, 'NSD')
      goals.push(ratioGoal('answers per CPU second against NSD', ours.perCpu / nsd.perCpu, 0.95))
    }
    const bySize = await moreServices(rounds, seconds)
    rows.push(...bySize.rows)
    goals.push(...bySize.goals)
    const cores = cpus().length
    if (cores < 4)
      notes.push(
        `Two server cores against one is skipped: it needs 4 cores, this machine has ${cores}.`,
      )
    publish({
      name: 'qps',
      title: 'Queries a second',
      columns: ['server', 'queries/s', 'answers per server CPU second', 'lost'],
      rows,
      goals,
      notes,
    })
  } finally {
    for (const peer of peers) await peer.stop()
    await api.stop()
  }
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
