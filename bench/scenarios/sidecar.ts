// Memory of a small clusterset, as beside another container of a pod: ten Services, one packet thread, after a minute.
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type PeerName, startPeer, startReplayApi } from '../support/peers.ts'
import { type BenchProcess, memoryOf, startProcess } from '../support/process.ts'
import { type Goal, publish } from '../support/report.ts'
import { CLIENT_CPU, SERVER_CPU } from './qps.ts'

const SERVICES = 10
const SETTLE_MS = 60_000
const BARE = fileURLToPath(new URL('../support/bare-node.mjs', import.meta.url))

/** In bytes. */
interface Memory {
  readonly rss: number
  readonly anonymous: number
}

/** The goals in megabytes. */
const GOALS: readonly (readonly [name: PeerName, rss: number, anonymous: number])[] = [
  ['clusterset-dns', 72, 28],
  ['clusterset-dns (single)', 58, 16],
]

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)

function goal(what: string, bytes: number, most: number): Goal {
  return { what, goal: `at most ${most} MB`, measured: megabytes(bytes), met: bytes <= most * 1e6 }
}

/** Measures our server with and without threads, CoreDNS and a bare Node at the same time; writes bench/results/sidecar.md. */
export async function sidecar(): Promise<void> {
  const names: PeerName[] = ['clusterset-dns', 'clusterset-dns (single)', 'CoreDNS']
  const api = await startReplayApi(SERVICES, CLIENT_CPU)
  const running: BenchProcess[] = []
  const memory = new Map<string, Memory>()
  try {
    const options = { services: SERVICES, apiPort: api.port, cpus: SERVER_CPU, errors: true }
    for (const name of names) running.push(await startPeer(name, options))
    const command = [process.execPath, BARE]
    running.push(startProcess({ name: 'Node with two workers', command, cpus: SERVER_CPU }))
    await delay(SETTLE_MS)
    for (const { name, pid, check } of running) {
      check()
      memory.set(name, memoryOf(pid))
    }
  } finally {
    for (const process of running) await process.stop()
    await api.stop()
  }
  publish({
    name: 'sidecar',
    title: 'Memory of a small clusterset',
    columns: ['process', 'RSS MB', 'anonymous MB'],
    rows: [...memory].map(([name, { rss, anonymous }]) => [
      name,
      megabytes(rss),
      megabytes(anonymous),
    ]),
    goals: GOALS.flatMap(([name, rss, anonymous]) => [
      goal(`${name}: RSS`, memory.get(name)!.rss, rss),
      goal(`${name}: anonymous memory`, memory.get(name)!.anonymous, anonymous),
    ]),
    notes: [
      `${SERVICES} services of an API server without TLS, \`multisocket 1\`, \`errors\` and \`prometheus\`; ${SETTLE_MS / 1000} s after the last start.`,
      '`(single)` is `-transport single`: one thread does everything.',
      'All processes ran at the same time, on one core. 1 MB is 1,000,000 bytes.',
    ],
  })
}
