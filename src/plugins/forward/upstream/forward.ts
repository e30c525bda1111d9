// A `forward` on the upstream thread, with its upstreams.
import { maxFailedAttempts } from '../limits.ts'
import type { ForwardOptions } from '../options.ts'
import type { UpstreamReader } from '../upstream-table.ts'
import type { Health } from './choice.ts'
import type { Peer, Peers } from './peers.ts'

/** One `forward` with its upstreams. */
export class Forward implements Health {
  /** Its index in the block. */
  readonly index: number
  readonly options: ForwardOptions
  readonly reader: UpstreamReader
  readonly peers: Peers
  /** Attempts of a query that may fail; 0 = no limit. */
  maxFailed = 0
  #list: readonly Peer[] = []

  constructor(index: number, options: ForwardOptions, reader: UpstreamReader, peers: Peers) {
    this.index = index
    this.options = options
    this.reader = reader
    this.peers = peers
    this.#follow()
  }

  /** The upstreams in the order of the configuration. */
  get list(): readonly Peer[] {
    return this.#list
  }

  get count(): number {
    return this.#list.length
  }

  /** Takes over another list of upstreams, if there is one. */
  refresh(): void {
    if (this.reader.refresh()) this.#follow()
  }

  isDown(position: number): boolean {
    return this.reader.isDown(this.#list[position]!.upstream)
  }

  isSuspect(position: number): boolean {
    return this.reader.isSuspect(this.#list[position]!.upstream)
  }

  /** Sockets of upstreams that are no longer in the list are closed after their last reply. */
  close(): void {
    for (const peer of this.#list) this.peers.retire(peer)
    this.#list = []
  }

  #follow(): void {
    const former = this.#list
    this.#list = this.reader.upstreams.map((upstream) => {
      const kept = former.find((peer) => peer.upstream.id === upstream.id)
      return kept ?? this.peers.create(upstream, this.reader)
    })
    for (const peer of former) if (!this.#list.includes(peer)) this.peers.retire(peer)
    this.maxFailed = maxFailedAttempts(this.options, this.#list.length)
  }
}
