// The order of the addresses of one answer: the policy, then `prefer` (coredns plugin/loadbalance roundRobinShuffle,
// setTopRecord, sortBySubnetPriority).
import {
  NAME_MAX_SIZE,
  TYPE_A,
  TYPE_AAAA,
  TYPE_AXFR,
  TYPE_IXFR,
  TYPE_SRV,
} from '../../dns/codes.ts'
import type { Preference } from './preference.ts'
import { sumOf, topIndex } from './top-index.ts'
import { DEFAULT_WEIGHT } from './weight-table.ts'
import type { WeightsReader } from './weights-memory.ts'

/** Addresses whose order is wanted. Nothing here allocates. */
export interface Addresses {
  readonly count: number
  /** Address `i`: `sizeOf` bytes, 4 or 16, at `offsetOf` of `bytesOf`. */
  bytesOf(i: number): Uint8Array
  offsetOf(i: number): number
  sizeOf(i: number): number
  /** Writes the owner's wire name in lower case to `name`, which has room for it; returns its length. */
  ownerOf(i: number, name: Uint8Array): number
}

interface AddressOrderOptions {
  /** Undefined: all addresses are shuffled. */
  readonly weights: WeightsReader | undefined
  readonly preference: Preference | undefined
  /** At least 0 and less than 1. */
  readonly random: () => number
}

/** As many addresses as a message of 64 KB has; more only before an answer is truncated. */
const USUAL_MOST = 4096

export class AddressOrder {
  readonly #options: AddressOrderOptions
  readonly #owner = new Uint8Array(NAME_MAX_SIZE)
  /** The places of each rank. */
  readonly #places: Uint32Array
  #order = new Uint32Array(USUAL_MOST)
  #unsorted = new Uint32Array(USUAL_MOST)
  #ranks = new Uint16Array(USUAL_MOST)
  #weights = new Uint8Array(USUAL_MOST)

  constructor(options: AddressOrderOptions) {
    this.#options = options
    this.#places = new Uint32Array((options.preference?.last ?? 0) + 2)
  }

  /** True if other records stand before the addresses, as `weighted` puts them. */
  get putsOthersFirst(): boolean {
    return this.#options.preference === undefined
  }

  /** True if answers to questions of `type` are put in order. */
  appliesTo(type: number): boolean {
    if (type === TYPE_AXFR || type === TYPE_IXFR) return false
    return this.#options.preference !== undefined || isWeighted(type)
  }

  /** For each place the index of its address, valid until the next call. `type` is that of the question. */
  arrange(addresses: Addresses, type: number): Uint32Array {
    const { count } = addresses
    const { weights, preference } = this.#options
    if (count > this.#order.length) this.#grow(count)
    for (let i = 0; i < count; i++) this.#order[i] = i
    if (weights === undefined) this.#shuffle(count)
    else if (isWeighted(type)) this.#putTopFirst(addresses, weights)
    if (preference !== undefined) this.#sort(addresses, preference)
    return this.#order
  }

  #shuffle(count: number): void {
    const { random } = this.#options
    for (let i = 0; i < count - 1; i++) this.#swap(i, i + Math.floor(random() * (count - i)))
  }

  #putTopFirst(addresses: Addresses, { table }: WeightsReader): void {
    const { count } = addresses
    const weights = this.#weights
    const owner = this.#owner
    for (let i = 0; i < count; i++) {
      const named = table.find(owner, addresses.ownerOf(i, owner))
      const size = addresses.sizeOf(i)
      weights[i] = named?.get(addresses.bytesOf(i), addresses.offsetOf(i), size) ?? DEFAULT_WEIGHT
    }
    const v = Math.floor(this.#options.random() * sumOf(weights, count))
    this.#swap(0, topIndex(weights, count, v))
  }

  #swap(i: number, j: number): void {
    const order = this.#order
    const former = order[i]!
    order[i] = order[j]!
    order[j] = former
  }

  /** Sorts by rank; addresses of one rank keep their order. */
  #sort(addresses: Addresses, preference: Preference): void {
    const { count } = addresses
    const places = this.#places.fill(0)
    const order = this.#unsorted
    this.#unsorted = this.#order
    for (let place = 0; place < count; place++) {
      const i = this.#unsorted[place]!
      const bytes = addresses.bytesOf(i)
      const rank = preference.rank(bytes, addresses.offsetOf(i), addresses.sizeOf(i))
      this.#ranks[place] = rank
      places[rank + 1]!++
    }
    for (let rank = 1; rank < places.length; rank++) places[rank]! += places[rank - 1]!
    for (let place = 0; place < count; place++) {
      order[places[this.#ranks[place]!]!++] = this.#unsorted[place]!
    }
    this.#order = order
  }

  #grow(count: number): void {
    this.#order = new Uint32Array(count)
    this.#unsorted = new Uint32Array(count)
    this.#ranks = new Uint16Array(count)
    this.#weights = new Uint8Array(count)
  }
}

function isWeighted(type: number): boolean {
  return type === TYPE_A || type === TYPE_AAAA || type === TYPE_SRV
}
