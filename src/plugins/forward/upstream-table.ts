// The upstreams of one `forward` in shared memory: the control thread writes them, answering threads read them without
// locks. The list has a generation, which is odd while the control thread writes and differs after each change. All
// other words are atomic counters and states of one upstream, or of the whole directive.
import { hostPort } from '../../config.ts'
import { ipv6Text } from '../../dns/address.ts'
import { MAX_READERS } from '../../zone/layout.ts'
import type { Target, Transport } from './options.ts'

/** The most upstreams of one directive: host names and files can name more than there are TOs. */
export const MAX_UPSTREAMS = 64

/** An upstream is suspect, and asked after all others, when this many attempts in a row have failed. */
const SUSPECT_AFTER = 2

/** The protocols of connections, as CoreDNS' label `proto` names them. */
export const PROTOCOLS = ['udp', 'tcp', 'tcp-tls'] as const
/** Rcodes that are counted; the last one stands for all greater ones. */
export const RCODES = 17
/** The upper bounds of the buckets of durations, in seconds (coredns plugin.TimeBuckets). */
export const DURATION_BUCKETS = Array.from({ length: 16 }, (_, k) => 0.00025 * 2 ** k)

// Words of the whole directive.
export const GENERATION = 0
export const COUNT = 1
export const IN_FLIGHT = 2
const ROTATION = 3
/** Counter: attempts with all upstreams down. */
export const HEALTHCHECK_BROKEN = 4
/** Counter: queries beyond `max_concurrent`. */
export const CONCURRENT_REJECTS = 6
/** The places of `enter` that each thread has, which are lost when it crashes; IN_FLIGHT is their sum. */
export const PLACES = 8
/** The slots of the upstreams in use, in order. */
export const LIST = PLACES + MAX_READERS

// Words of one slot.
const SLOTS = LIST + MAX_UPSTREAMS
export const ID = 0
export const TARGET = 1
export const PORT = 2
/** 4 or 6. */
export const FAMILY = 3
/** 4 or 16 bytes in network order. */
export const ADDRESS = 4
export const DOWN = 8
export const FAILURES = 9
const RTT = 10
/** 1 from the first failure until the control thread has probed the upstream. */
export const PROBE = 11
/** Counters: for each protocol hits, then misses of idle connections. */
export const CONNECTIONS = 12
/** Counters: for each rcode the buckets, +Inf, and the sum in microseconds. */
export const DURATIONS = CONNECTIONS + 2 * 2 * PROTOCOLS.length
/** Counters of one rcode. */
export const HISTOGRAM_COUNTERS = DURATION_BUCKETS.length + 2
/** Counters of one slot. */
export const SLOT_COUNTERS = 2 * PROTOCOLS.length + RCODES * HISTOGRAM_COUNTERS
const SLOT_WORDS = CONNECTIONS + 2 * SLOT_COUNTERS

/** The size of a table in bytes. Pages that are never written cost address space only. */
export const TABLE_BYTES = 4 * (SLOTS + MAX_UPSTREAMS * SLOT_WORDS)

/** The first word of a slot. */
export function slotAt(slot: number): number {
  return SLOTS + slot * SLOT_WORDS
}

/** One upstream in use. */
export interface Upstream {
  /** Belongs to this upstream of this directive for as long as the table exists; from 1. */
  readonly id: number
  readonly slot: number
  readonly transport: Transport
  /** An IP address. */
  readonly address: string
  /** 4 or 16 bytes in network order. */
  readonly addressBytes: Uint8Array
  readonly port: number
  readonly tlsServerName?: string
  /** "IP:PORT", "[IP]:PORT": CoreDNS' name of the upstream in metrics and errors. */
  readonly name: string
}

/** A 64-bit counter of two words. A reader in the moment of a carry sees a value that is 2^32 too small. */
function add(words: Uint32Array, at: number, value: number): void {
  const before = Atomics.add(words, at, value)
  if (before + value > 0xffff_ffff) Atomics.add(words, at + 1, 1)
}

/** The table in an answering thread. No method but `refresh` allocates. */
export class UpstreamReader {
  readonly #words: Int32Array
  readonly #counters: Uint32Array
  readonly #targets: readonly Target[]
  readonly #boundsUs = Float64Array.from(DURATION_BUCKETS, (seconds) => seconds * 1e6)
  readonly #places: number
  #generation = -1
  #upstreams: readonly Upstream[] = []

  /** `targets` are `ForwardOptions.to`; `thread` is `RuntimeContext.thread`. */
  constructor(table: SharedArrayBuffer, targets: readonly Target[], thread: number) {
    this.#places = PLACES + thread
    this.#words = new Int32Array(table)
    this.#counters = new Uint32Array(table)
    this.#targets = targets
    this.refresh()
  }

  /** The upstreams in the order of the configuration, as the last `refresh` found them; never empty. */
  get upstreams(): readonly Upstream[] {
    return this.#upstreams
  }

  /** Reads the list if it has changed; true if it has. Called before each query or batch: it costs one load. */
  refresh(): boolean {
    const generation = Atomics.load(this.#words, GENERATION)
    if (generation === this.#generation || (generation & 1) === 1) return false
    const count = Math.min(Atomics.load(this.#words, COUNT), MAX_UPSTREAMS)
    const upstreams = Array.from({ length: count }, (_, i) =>
      this.#upstream(Atomics.load(this.#words, LIST + i)),
    )
    // The control thread has begun to write again: the next call reads the new list.
    if (Atomics.load(this.#words, GENERATION) !== generation) return false
    this.#generation = generation
    this.#upstreams = upstreams
    return true
  }

  /** True if the upstream failed more probes than `max_fails`. */
  isDown({ slot }: Upstream): boolean {
    return Atomics.load(this.#words, slotAt(slot) + DOWN) !== 0
  }

  /** True if the last attempts failed: others are asked first, until it answers or a probe interval is over. */
  isSuspect({ slot }: Upstream): boolean {
    return Atomics.load(this.#words, slotAt(slot) + FAILURES) >= SUSPECT_AFTER
  }

  /** The smoothed round-trip time (RFC 6298: 7/8 old, 1/8 new) in microseconds; 0 before the first reply. */
  rtt({ slot }: Upstream): number {
    return Atomics.load(this.#words, slotAt(slot) + RTT)
  }

  /** Counts a reply that took `micros` microseconds (at least 0); the upstream is no longer suspect. */
  replied({ slot }: Upstream, rcode: number, micros: number): void {
    const at = slotAt(slot)
    if (Atomics.load(this.#words, at + FAILURES) !== 0) Atomics.store(this.#words, at + FAILURES, 0)
    const rtt = Atomics.load(this.#words, at + RTT)
    // Two threads at once may lose one of two measurements.
    const next = rtt === 0 ? micros : rtt + ((micros - rtt) >> 3)
    Atomics.store(this.#words, at + RTT, Math.max(next, 1))
    const histogram = at + DURATIONS + 2 * HISTOGRAM_COUNTERS * Math.min(rcode, RCODES - 1)
    let bucket = 0
    while (bucket < this.#boundsUs.length && micros > this.#boundsUs[bucket]!) bucket++
    add(this.#counters, histogram + 2 * bucket, 1)
    add(this.#counters, histogram + 2 * (this.#boundsUs.length + 1), micros)
  }

  /** Counts a failed attempt (timeout or socket error). True: the caller reports `probeRequest`. */
  failed({ slot }: Upstream): boolean {
    const at = slotAt(slot)
    Atomics.add(this.#words, at + FAILURES, 1)
    return Atomics.compareExchange(this.#words, at + PROBE, 0, 1) === 0
  }

  /** Counts the use of an idle connection (`hit`), or of a new one. `protocol` is an index of PROTOCOLS. */
  connected({ slot }: Upstream, protocol: number, hit: boolean): void {
    add(this.#counters, slotAt(slot) + CONNECTIONS + 2 * (2 * protocol + (hit ? 0 : 1)), 1)
  }

  /** Counts an attempt with all upstreams down. */
  allDown(): void {
    add(this.#counters, HEALTHCHECK_BROKEN, 1)
  }

  /**
   * Takes one of `max` places for queries of all threads (`max_concurrent`); true: the caller calls `leave` later.
   * False: all are taken, which is counted.
   */
  enter(max: number): boolean {
    let taken = Atomics.load(this.#words, IN_FLIGHT)
    while (taken < max) {
      const before = Atomics.compareExchange(this.#words, IN_FLIGHT, taken, taken + 1)
      if (before === taken) {
        Atomics.add(this.#words, this.#places, 1)
        return true
      }
      taken = before
    }
    add(this.#counters, CONCURRENT_REJECTS, 1)
    return false
  }

  /** Gives back a place of `enter`. */
  leave(): void {
    Atomics.sub(this.#words, this.#places, 1)
    Atomics.sub(this.#words, IN_FLIGHT, 1)
  }

  /** The counter of policy round_robin, which all threads share: 1 for the first call. */
  nextTurn(): number {
    return (Atomics.add(this.#counters, ROTATION, 1) + 1) >>> 0
  }

  #upstream(slot: number): Upstream {
    const at = slotAt(slot)
    const word = (offset: number) => Atomics.load(this.#words, at + offset)
    const isIpv6 = word(FAMILY) === 6
    const words = Int32Array.of(...[0, 1, 2, 3].map((i) => word(ADDRESS + i)))
    const addressBytes = new Uint8Array(words.buffer, 0, isIpv6 ? 16 : 4)
    const address = isIpv6 ? ipv6Text(addressBytes) : addressBytes.join('.')
    const target = this.#targets[word(TARGET)]
    const port = word(PORT)
    const tlsServerName =
      target === undefined || target.kind === 'file' ? undefined : target.tlsServerName
    return {
      id: word(ID),
      slot,
      transport: target?.transport ?? 'dns',
      address,
      addressBytes,
      port,
      ...(tlsServerName === undefined ? {} : { tlsServerName }),
      name: hostPort(address, port),
    }
  }
}
