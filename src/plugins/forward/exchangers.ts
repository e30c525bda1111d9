// The connections of one `forward` in one thread: for each upstream those of its transport. They are opened with the first
// query, and close by themselves when they are idle.
import type { ExchangeClock } from './exchange/clock.ts'
import type { Exchanger, ExchangerOptions } from './exchange/exchanger.ts'
import { HttpsExchanger } from './exchange/https.ts'
import { tcpExchanger } from './exchange/tcp.ts'
import { type TlsOptions, tlsExchanger } from './exchange/tls.ts'
import { UdpExchanger } from './exchange/udp.ts'
import type { ForwardOptions, TlsMaterial } from './options.ts'
import type { Path } from './resolution.ts'
import { PROTOCOLS, type Upstream, type UpstreamReader } from './upstream-table.ts'

/** Opens and keeps exchangers, by upstream. */
export class Exchangers {
  readonly #options: ForwardOptions
  readonly #tls: TlsMaterial
  readonly #reader: UpstreamReader
  readonly #clock: ExchangeClock
  /** By id of the upstream and path. */
  readonly #open = new Map<string, { readonly id: number; readonly exchanger: Exchanger }>()

  constructor(
    options: ForwardOptions,
    tls: TlsMaterial,
    reader: UpstreamReader,
    clock: ExchangeClock,
  ) {
    this.#options = options
    this.#tls = tls
    this.#reader = reader
    this.#clock = clock
  }

  /** The exchanger of an upstream. `path` is for upstreams of plain DNS; TLS and HTTPS have one of their own. */
  of(upstream: Upstream, path: Path): Exchanger {
    const { id, transport } = upstream
    const key = transport === 'dns' ? `${id} ${path}` : `${id}`
    const known = this.#open.get(key)
    if (known !== undefined) return known.exchanger
    const exchanger = this.#create(upstream, path)
    this.#open.set(key, { id, exchanger })
    return exchanger
  }

  /** Retires the connections to upstreams that are no longer in the list. */
  keep(upstreams: readonly Upstream[]): void {
    const ids = new Set(upstreams.map(({ id }) => id))
    for (const [key, { id, exchanger }] of this.#open) {
      if (ids.has(id)) continue
      this.#open.delete(key)
      exchanger.retire()
    }
  }

  #create(upstream: Upstream, path: Path): Exchanger {
    const { transport } = upstream
    if (transport === 'dns') {
      const create = path === 'udp' ? (to: ExchangerOptions) => new UdpExchanger(to) : tcpExchanger
      return create(this.#exchangerOptions(upstream, path))
    }
    const options = this.#exchangerOptions(upstream, 'tcp-tls')
    const serverName = this.#options.tlsServername ?? upstream.tlsServerName
    const security: TlsOptions = {
      ...this.#tls,
      ...(serverName === undefined ? {} : { serverName }),
    }
    if (transport === 'tls') return tlsExchanger(options, security)
    return new HttpsExchanger(options, security, this.#options.dohMethod)
  }

  #exchangerOptions(upstream: Upstream, protocol: (typeof PROTOCOLS)[number]): ExchangerOptions {
    const { readTimeoutMs, expireMs, maxAgeMs, maxIdleConnections, sourceAddress } = this.#options
    const { address, port, name, transport } = upstream
    const counted = PROTOCOLS.indexOf(protocol)
    return {
      address,
      port,
      name,
      readTimeoutMs,
      expireMs,
      maxAgeMs,
      maxIdleConnections,
      ...(sourceAddress === undefined ? {} : { sourceAddress }),
      clock: this.#clock,
      // CoreDNS does not count the connections of HTTPS.
      onConnection: (hit) => {
        if (transport !== 'https') this.#reader.connected(upstream, counted, hit)
      },
    }
  }
}
