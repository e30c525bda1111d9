// The control thread's side of the table of upstreams: it sets the list, the state and the results of probes, and reads
// the counters.
import { hostPort } from '../../config.ts'
import { ipv4Bytes, ipv6Bytes } from '../../dns/address.ts'
import {
  ADDRESS,
  CONCURRENT_REJECTS,
  CONNECTIONS,
  COUNT,
  DOWN,
  FAILURES,
  FAMILY,
  GENERATION,
  HEALTHCHECK_BROKEN,
  ID,
  IN_FLIGHT,
  LIST,
  MAX_UPSTREAMS,
  PLACES,
  PORT,
  PROBE,
  SLOT_COUNTERS,
  slotAt,
  TABLE_BYTES,
  TARGET,
} from './upstream-table.ts'

/** A socket address that a TO stands for. */
export interface ResolvedUpstream {
  /** The index of the TO. */
  readonly target: number
  /** An IP address. */
  readonly address: string
  readonly port: number
}

/** An upstream in a slot of the table. */
export interface TableEntry extends ResolvedUpstream {
  readonly id: number
  readonly slot: number
  /** "IP:PORT", "[IP]:PORT". */
  readonly name: string
}

/** Counters by the name of the upstream: SLOT_COUNTERS numbers each. */
export type UpstreamCounts = Map<string, Float64Array>

/** Upstreams that are gone and still have metrics: the addresses of a host name may change forever. */
export const MAX_GONE = 256

/** Removes what was added first, so that at most MAX_GONE entries remain. */
export function forgetOldest(counts: Map<string, unknown>): void {
  for (const name of counts.keys()) {
    if (counts.size <= MAX_GONE) return
    counts.delete(name)
  }
}

/** The writer of one table. */
export class UpstreamWriter {
  readonly buffer = new SharedArrayBuffer(TABLE_BYTES)
  readonly #words = new Int32Array(this.buffer)
  readonly #counters = new Uint32Array(this.buffer)
  /** By slot. An entry that is no longer listed stays, with its counters, until its slot is needed. */
  readonly #slots: TableEntry[] = []
  readonly #retired: UpstreamCounts = new Map()
  #entries: readonly TableEntry[] = []
  #lastId = 0

  /** The upstreams in use, in order. */
  get entries(): readonly TableEntry[] {
    return this.#entries
  }

  /**
   * Sets the upstreams in use: the first MAX_UPSTREAMS of `all`. Those that stay keep their id, state and counters.
   * Returns false, and writes nothing, if the list is the same.
   */
  update(all: readonly ResolvedUpstream[]): boolean {
    const upstreams = all.slice(0, MAX_UPSTREAMS)
    const same = ({ target, address, port }: ResolvedUpstream, other: ResolvedUpstream) =>
      target === other.target && address === other.address && port === other.port
    const unchanged =
      upstreams.length === this.#entries.length &&
      upstreams.every((upstream, i) => same(upstream, this.#entries[i]!))
    if (unchanged) return false
    const known = upstreams.map((upstream) => this.#entries.find((entry) => same(entry, upstream)))
    const kept = new Set(known.map((entry) => entry?.slot))
    Atomics.add(this.#words, GENERATION, 1)
    this.#entries = upstreams.map((upstream, i) => {
      const entry = known[i] ?? this.#add(upstream, kept)
      kept.add(entry.slot)
      Atomics.store(this.#words, LIST + i, entry.slot)
      return entry
    })
    Atomics.store(this.#words, COUNT, this.#entries.length)
    Atomics.add(this.#words, GENERATION, 1)
    return true
  }

  /** True if an answering thread asked for a probe, and `probed` was not called since. */
  wantsProbe({ slot }: TableEntry): boolean {
    return Atomics.load(this.#words, slotAt(slot) + PROBE) !== 0
  }

  /** Marks an upstream as down or up. */
  setDown({ slot }: TableEntry, down: boolean): void {
    Atomics.store(this.#words, slotAt(slot) + DOWN, down ? 1 : 0)
  }

  /** Ends the suspicion: the upstream is asked in its turn, and the next failure asks for a probe. */
  probed({ slot }: TableEntry): void {
    Atomics.store(this.#words, slotAt(slot) + FAILURES, 0)
    Atomics.store(this.#words, slotAt(slot) + PROBE, 0)
  }

  /** Gives back the places of `UpstreamReader.enter` that a thread had when it crashed. */
  freePlaces(thread: number): void {
    Atomics.sub(this.#words, IN_FLIGHT, Atomics.exchange(this.#words, PLACES + thread, 0))
  }

  /** The attempts with all upstreams down. */
  get healthcheckBroken(): number {
    return this.#count(HEALTHCHECK_BROKEN)
  }

  /** The queries beyond `max_concurrent`. */
  get concurrentRejects(): number {
    return this.#count(CONCURRENT_REJECTS)
  }

  /** Adds the counters of all upstreams that the table has ever had. */
  addCounts(into: UpstreamCounts): void {
    for (const [name, counts] of this.#retired) addAll(into, name, counts)
    for (const entry of this.#slots) addAll(into, entry.name, this.#countersOf(entry.slot))
  }

  #count(at: number): number {
    return this.#counters[at + 1]! * 2 ** 32 + this.#counters[at]!
  }

  #countersOf(slot: number): Float64Array {
    const at = slotAt(slot) + CONNECTIONS
    return Float64Array.from({ length: SLOT_COUNTERS }, (_, i) => this.#count(at + 2 * i))
  }

  /** Takes a new slot, or the one whose upstream is the oldest of those that are not in `kept` and not listed. */
  #add(upstream: ResolvedUpstream, kept: ReadonlySet<number | undefined>): TableEntry {
    const { address, port } = upstream
    const slot = this.#freeSlot(kept)
    const old = this.#slots[slot]
    if (old !== undefined) {
      addAll(this.#retired, old.name, this.#countersOf(slot))
      forgetOldest(this.#retired)
    }
    const at = slotAt(slot)
    this.#words.fill(0, at, slotAt(slot + 1))
    const bytes = new Uint8Array(16)
    const v4 = ipv4Bytes(address)
    bytes.set(v4 ?? ipv6Bytes(address) ?? [])
    const entry = { ...upstream, slot, id: ++this.#lastId, name: hostPort(address, port) }
    const words = [entry.id, upstream.target, port, v4 === undefined ? 6 : 4]
    for (const [i, offset] of [ID, TARGET, PORT, FAMILY].entries()) {
      Atomics.store(this.#words, at + offset, words[i]!)
    }
    for (const [i, word] of new Int32Array(bytes.buffer).entries()) {
      Atomics.store(this.#words, at + ADDRESS + i, word)
    }
    this.#slots[slot] = entry
    return entry
  }

  #freeSlot(kept: ReadonlySet<number | undefined>): number {
    if (this.#slots.length < MAX_UPSTREAMS) return this.#slots.length
    const free = this.#slots.filter(({ slot }) => !kept.has(slot)).sort((a, b) => a.id - b.id)
    return free[0]!.slot
  }
}

function addAll(into: UpstreamCounts, name: string, counts: Float64Array): void {
  const sums = into.get(name)
  if (sums === undefined) into.set(name, counts.slice())
  else for (const [i, count] of counts.entries()) sums[i]! += count
}
