// The probe of one block: asks this server for a random name and waits whether the query comes back
// (coredns plugin/loop setup.go).
import { randomBytes } from 'node:crypto'
import { hostPort } from '../../config.ts'
import { quote } from '../../corefile/go-text.ts'
import { nameToWire } from '../../dns/name.ts'
import type { ProbeServer } from '../../dns-probe.ts'
import type { ListenerAddress } from '../plugin.ts'
import { ProbeName } from './probe-name.ts'

/** Network and time. */
export interface LoopProbeEnv {
  /** Asks for the HINFO records of a name; rejects without a reply after `timeoutMs`. */
  readonly ask: (name: string, server: ProbeServer, timeoutMs: number) => Promise<void>
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Calls `task` after `ms` milliseconds; the result cancels it. */
  readonly after: (ms: number, task: () => void) => () => void
}

/** How long probes are sent while there is no reply. */
const TRY_MS = 30_000
const REPLY_MS = 2000
const PAUSE_MS = 1000
/** How long a query that was answered may still come back. */
const LINGER_MS = 2000

/** Probes one block. */
export class LoopProbe {
  /** The first listener of the block; undefined before the block is served. */
  listener: Pick<ListenerAddress, 'address' | 'port'> | undefined
  readonly #zone: string
  readonly #env: LoopProbeEnv
  readonly #shared = new ProbeName()
  #name = ''
  #cancel = () => {}
  /** Counts the calls of `start` and `stop`: what an earlier one began ends. */
  #round = 0

  constructor(zone: string, env: LoopProbeEnv) {
    this.#zone = zone
    this.#env = env
  }

  /** For `ProbeNameReader`. */
  get buffer(): SharedArrayBuffer {
    return this.#shared.buffer
  }

  /** Begins to probe, in place of a probe that is under way. */
  start(): void {
    this.stop()
    void this.#try(this.#round, this.#env.now() + TRY_MS)
  }

  /** Ends the probe. */
  stop(): void {
    this.#round++
    this.#cancel()
    this.#shared.clear()
  }

  /** CoreDNS' message for a query that came back from `client` ("HOST:PORT"); undefined if no probe is under way. */
  loopOf(client: string): string | undefined {
    if (!this.#shared.isActive) return undefined
    const { address = '', port = 0 } = this.listener ?? {}
    const where = `(${client} -> ${hostPort(address, port)})`
    const help = 'see https://coredns.io/plugins/loop#troubleshooting'
    return `Loop ${where} detected for zone ${quote(this.#zone)}, ${help}. Query: "HINFO ${this.#name}"`
  }

  async #try(round: number, deadline: number): Promise<void> {
    const { ask, now } = this.#env
    const name = randomName(this.#zone)
    const wire = nameToWire(name)
    // There is no room for the labels in a name of 255 bytes.
    if (wire === undefined || this.listener === undefined) return
    const { address, port } = this.listener
    this.#name = name
    this.#shared.set(wire)
    // A reply or a query that comes late belongs to a name that nobody counts.
    const replied = await ask(name, { address: reachable(address), port }, REPLY_MS).then(
      () => true,
      () => false,
    )
    if (round !== this.#round) return
    if (replied) this.#later(LINGER_MS, () => this.#shared.clear())
    else if (now() + PAUSE_MS < deadline) this.#later(PAUSE_MS, () => this.#try(round, deadline))
    else this.#shared.clear()
  }

  #later(ms: number, task: () => unknown): void {
    this.#cancel = this.#env.after(ms, () => void task())
  }
}

/** The address at which a listener of all addresses is asked. */
function reachable(address: string): string {
  if (address === '::') return '::1'
  return address === '' || address === '0.0.0.0' ? '127.0.0.1' : address
}

/** "N1.N2.ZONE" with two random numbers of 62 bits. */
function randomName(zone: string): string {
  const number = () => BigInt.asUintN(62, randomBytes(8).readBigUInt64LE())
  return `${number()}.${number()}.${zone === '.' ? '' : zone}`
}
