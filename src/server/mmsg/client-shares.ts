// How many entries of a shared queue each client has. Clients are counted by a keyed hash of their address, so that the memory
// is bounded; two of them may count as one.
import { CLIENT_IPV4_BITS, CLIENT_IPV6_BITS } from '../../client.ts'
import type { Batch } from '../../udp/batch.ts'
import { networkOf } from '../../udp/sockaddr.ts'
import { hashName } from '../../zone/name-hash.ts'

const BUCKETS = 1024
/** Bytes of the counts. */
export const SHARES_BYTES = 4 * BUCKETS
/** An entry that counts for nobody. */
export const NO_CLIENT = -1

const NETWORK_WORDS = 4

const randomWord = () => (Math.random() * 2 ** 32) | 0

/** One thread's view of the counts. Only the thread that queues calls `clientOf`. */
export class ClientShares {
  readonly #counts: Int32Array
  readonly #most: number
  readonly #network = new Int32Array(NETWORK_WORDS + 1)
  // The numbers of V8's generator, whose seed is random, never leave the process. Packet threads do not load node:crypto.
  readonly #key = [randomWord(), randomWord()] as const

  /** `most` is the number of entries of one client at which `isFull` is true. */
  constructor(buffer: SharedArrayBuffer, at: number, most: number) {
    this.#counts = new Int32Array(buffer, at, BUCKETS)
    this.#most = most
  }

  /** The number of the client of datagram `i`. */
  clientOf(batch: Batch, i: number): number {
    networkOf(batch.bytes, batch.nameAt(i), CLIENT_IPV4_BITS, CLIENT_IPV6_BITS, this.#network)
    const hash = hashName(this.#network, 0, 4 * NETWORK_WORDS, this.#key[0], this.#key[1])
    return hash & (BUCKETS - 1)
  }

  isFull(client: number): boolean {
    return Atomics.load(this.#counts, client) >= this.#most
  }

  /** Adds entries to a client; a negative number removes them. NO_CLIENT is not counted. */
  add(client: number, entries: number): void {
    if (client >= 0) Atomics.add(this.#counts, client, entries)
  }

  /** Forgets all entries. */
  clear(): void {
    this.#counts.fill(0)
  }
}
