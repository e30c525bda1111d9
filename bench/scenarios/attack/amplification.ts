// How many bytes a server sends to a forged sender for each byte that the attacker sends.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { exchange } from '../../../test/support/dns-client.ts'
import { encodeQuery } from '../../../test/support/dns-encode.ts'
import type { CorefileServer } from '../../support/corefile-servers.ts'
import { type Findings, type Goal, ratioGoal } from '../../support/report.ts'
import { startRig } from '../corefile/rig.ts'

const LARGE = 200
const OWNER = 'large.ns-0.svc.cluster.local'

/** What strangers ask: kind -> name and type. */
const QUESTIONS: Readonly<Record<string, readonly [name: string, type: string]>> = {
  [`A of a Headless Service with ${LARGE} Pods`]: [OWNER, 'A'],
  'SRV of it': [`_http._tcp.${OWNER}`, 'SRV'],
  'ANY of it': [OWNER, 'ANY'],
  'A of a ClusterIP Service': ['app-1.ns-1.svc.cluster.local', 'A'],
  NXDOMAIN: ['no.ns-0.svc.cluster.local', 'A'],
  'SOA of the zone': ['cluster.local', 'SOA'],
  'NS of the zone': ['cluster.local', 'NS'],
  'TXT (dns-version)': ['dns-version.cluster.local', 'TXT'],
  'a forwarded name': ['www.example.net', 'A'],
}
const SIZES = [undefined, 1232, 4096] as const

interface Kind {
  readonly what: string
  readonly bytes: Uint8Array
}

function kinds(): readonly Kind[] {
  const queries = Object.entries(QUESTIONS).flatMap(([what, [name, type]]) =>
    SIZES.map((size) => ({
      what: `${what}, ${size === undefined ? 'no EDNS' : `EDNS ${size}`}`,
      bytes: encodeQuery({ name, type, edns: size === undefined ? undefined : { size } }),
    })),
  )
  const garbage = { what: 'garbage: 40 bytes of 0x5a', bytes: new Uint8Array(40).fill(0x5a) }
  const header = { what: 'a header without a question', bytes: new Uint8Array(12) }
  return [...queries, garbage, header]
}

/** The bytes of the reply; 0 without one. */
async function replyBytes({ port }: CorefileServer, bytes: Uint8Array): Promise<number> {
  return (await exchange({ port, bytes, timeoutMs: 1000 }))?.length ?? 0
}

const factor = (out: number, { bytes }: Kind) => out / bytes.length

/** Measures both servers, then ours with `rrl` under a flood of one question. */
export async function amplification(): Promise<Findings> {
  const rig = await startRig({ services: 100, imports: 100, large: LARGE })
  const rows: [string, string][] = []
  const largest = new Map<string, number>()
  try {
    for (const kind of kinds()) {
      const cells: string[] = []
      for (const server of rig.servers) {
        const out = await replyBytes(server, kind.bytes)
        const ratio = factor(out, kind)
        cells.push(`${server.side} ${out} (${ratio.toFixed(1)}x)`)
        largest.set(server.side, Math.max(largest.get(server.side) ?? 0, ratio))
      }
      rows.push([`reply to ${kind.bytes.length} bytes: ${kind.what}`, cells.join(', ')])
    }
  } finally {
    await rig.stop()
  }
  const [ours, theirs] = ['clusterset-dns', 'CoreDNS'].map((side) => largest.get(side))
  const ratio = ours === undefined || theirs === undefined ? undefined : ours / theirs
  const limited = await limitedFlood()
  return {
    rows: [...rows, ...limited.rows],
    goals: [
      ratioGoal('the largest amplification against that of CoreDNS', ratio, undefined, 1),
      limited.goal,
    ],
    notes: [
      ...rig.failures,
      'Amplification counts the bytes of UDP payloads. `bufsize 1232` in the Corefile makes EDNS 4096 the same as EDNS 1232.',
    ],
  }
}

const FLOOD_RATE = 2000
const FLOOD_SECONDS = 3
const RATE = 20
const RRL = `rrl {
    responses-per-second ${RATE}
    slip-ratio 2
  }`

/** Ours with `rrl`: one question, again and again. */
async function limitedFlood(): Promise<{ rows: [string, string][]; goal: Goal }> {
  const rig = await startRig({
    services: 100,
    imports: 100,
    large: LARGE,
    sides: ['clusterset-dns'],
    ours: RRL,
  })
  try {
    const [server] = rig.servers
    if (server === undefined) throw new Error(rig.failures.join('; '))
    const bytes = encodeQuery({ name: OWNER, type: 'A', edns: { size: 4096 } })
    const { sent, received } = await flood(server.port, bytes)
    const ratio = received / sent
    const what = `rrl with ${RATE} replies a second and slip-ratio 2, ${FLOOD_RATE} queries/s for ${FLOOD_SECONDS} s`
    return {
      rows: [[what, `${received} bytes for ${sent} (${ratio.toFixed(2)}x)`]],
      goal: ratioGoal('amplification of a flood with rrl', ratio, undefined, 1),
    }
  } finally {
    await rig.stop()
  }
}

/** Sends the query at a constant rate; resolves to the bytes sent and received. */
async function flood(
  port: number,
  bytes: Uint8Array,
): Promise<{ readonly sent: number; readonly received: number }> {
  const socket = createSocket('udp4')
  let received = 0
  socket.on('message', (reply) => {
    received += reply.length
  })
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const start = performance.now()
  let count = 0
  while (count < FLOOD_RATE * FLOOD_SECONDS) {
    const due = Math.min(
      FLOOD_RATE * FLOOD_SECONDS,
      ((performance.now() - start) * FLOOD_RATE) / 1000,
    )
    for (; count < due; count++) socket.send(bytes)
    await new Promise((done) => setTimeout(done, 2))
  }
  await new Promise((done) => setTimeout(done, 200))
  socket.close()
  return { sent: count * bytes.length, received }
}
