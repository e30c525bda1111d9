// The configuration of `forward` as plain data: what its setup reads, and what the answering threads get.
import type { PluginConfig } from '../../config.ts'

/** How an upstream is asked: plain DNS by UDP or TCP, DNS over TLS (RFC 7858), DNS over HTTPS (RFC 8484). */
export type Transport = 'dns' | 'tls' | 'https'

/** The port of each transport when none is written. */
export const DEFAULT_PORTS: Readonly<Record<Transport, number>> = { dns: 53, tls: 853, https: 443 }

/** One TO of a directive, as written. The component resolves it to socket addresses. */
export type Target =
  | {
      readonly kind: 'address'
      readonly transport: Transport
      /** An IP address without scope and brackets. */
      readonly address: string
      readonly port: number
      /** The TLS server name after "%", for transport tls. */
      readonly tlsServerName?: string
    }
  | {
      readonly kind: 'host'
      readonly transport: Transport
      /** A host name as written; it stands for all its addresses. */
      readonly host: string
      readonly port: number
      /** The TLS server name after "%", for transport tls. */
      readonly tlsServerName?: string
    }
  | {
      /** A resolv.conf-like file: its nameservers are asked by plain DNS at port 53. */
      readonly kind: 'file'
      readonly transport: 'dns'
      readonly path: string
    }

/** The probe of an upstream that failed. */
interface HealthCheck {
  /** The time between two probes, and how long a suspect upstream is asked last. */
  readonly intervalMs: number
  readonly recursionDesired: boolean
  /** Lower-case FQDN; the question is "DOMAIN NS". */
  readonly domain: string
}

/** Paths of PEM files, as written: relative to the working directory. */
export interface TlsFiles {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** One `forward` of a block. Names are lower-case FQDNs, durations are in milliseconds, rcodes are numbers. */
export interface ForwardOptions {
  readonly from: string
  readonly except: readonly string[]
  /** 1 to 15 entries, in the order of the Corefile. */
  readonly to: readonly Target[]
  /** True: upstreams of transport dns are asked by TCP only. */
  readonly forceTcp: boolean
  /** True: a TCP client's query goes to the upstream by UDP first; `forceTcp` wins. */
  readonly preferUdp: boolean
  /** Idle connections are closed after this time. */
  readonly expireMs: number
  /** Connections are not used for longer than this; 0 = no limit. */
  readonly maxAgeMs: number
  /** Idle connections that are kept for each upstream and protocol; 0 = no limit. */
  readonly maxIdleConnections: number
  /** The time for one attempt. */
  readonly readTimeoutMs: number
  /** An upstream is down after more failed probes than this; 0 = never, and no probes. */
  readonly maxFails: number
  /** Attempts that may fail for one query; 0 = no limit until the deadline; undefined = twice the number of upstreams. */
  readonly maxConnectAttempts?: number
  readonly healthCheck: HealthCheck
  readonly tls: TlsFiles
  /** The TLS server name of all upstreams. */
  readonly tlsServername?: string
  readonly policy: 'random' | 'round_robin' | 'sequential'
  /** More queries at the same time are refused; 0 = no limit. */
  readonly maxConcurrent: number
  /** A reply with one of these rcodes makes the block's next `forward` resolve the query. */
  readonly next: readonly number[]
  /** True: NOERROR without answer makes the block's next `forward` resolve the query. */
  readonly nextOnNodata: boolean
  /** A reply with one of these rcodes makes the next upstream resolve the query. */
  readonly failover: readonly number[]
  /** True: SERVFAIL at once when all upstreams are down. */
  readonly failfast: boolean
  readonly dohMethod: 'GET' | 'POST'
  /** "IP" or "IP:PORT": the servers that resolve host names; [] = the system's. */
  readonly resolvers: readonly string[]
  /** The local IP address of all connections and probes. */
  readonly sourceAddress?: string
}

/** The directives `forward` of one block, in the order of the Corefile: a query outside of one asks the next. */
export interface ForwardConfig extends PluginConfig {
  readonly plugin: 'forward'
  readonly forwards: readonly ForwardOptions[]
}

/** CoreDNS' limit of TOs (coredns plugin/forward setup.go). */
export const MAX_TARGETS = 15

/** The text of PEM files, read by the component. */
export interface TlsMaterial {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** What the component shares with the answering threads for one `forward`. */
export interface SharedForward {
  /** For `UpstreamReader`. */
  readonly upstreams: SharedArrayBuffer
  readonly tls: TlsMaterial
}

/** `RuntimeContext.shared` of `forward`: by index of the block, then by index in `ForwardConfig.forwards`. */
export type ForwardShared = Readonly<Record<number, readonly SharedForward[]>>

/** The line with which an answering thread asks for a probe (`RuntimeContext.report`), after `UpstreamReader.failed`. */
export function probeRequest(block: number, forward: number, id: number): string {
  return `probe ${block} ${forward} ${id}`
}
