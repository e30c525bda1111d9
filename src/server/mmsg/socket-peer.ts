// A client by its socket address in a buffer.
import { addressOf, portOf } from '../../udp/sockaddr.ts'
import type { Peer } from '../path/observer.ts'

/** The address is converted to text only when an observer reads it. */
export class SocketPeer implements Peer {
  readonly #bytes: Uint8Array
  /** The offset of the socket address. */
  at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get address(): string {
    return addressOf(this.#bytes, this.at)
  }

  get port(): number {
    return portOf(this.#bytes, this.at)
  }
}
