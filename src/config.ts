// What a Corefile means, as plain data: the result of `plugins/load.ts`, read by the supervisor and, by
// structured clone, by the packet threads. No functions and no class instances in here.
import type { SourceSpec } from './kube/source-spec.ts'

/** `multicluster`, or the multicluster zones of `kubernetes`. Zones are lower-case FQDNs ("clusterset.local."). */
export interface MulticlusterConfig {
  readonly plugin: 'multicluster' | 'kubernetes'
  readonly zones: readonly string[]
  readonly source: SourceSpec
  /** Seconds, 0 to 3600. */
  readonly ttl: number
  readonly startupTimeoutMs: number
  /** False with `noendpoints`: headless and endpoint names do not exist. */
  readonly endpoints: boolean
  /** Zones whose NXDOMAIN goes to the next plugin; undefined = none. `fallthrough` alone is ['.']. */
  readonly fallthrough?: readonly string[]
}

export interface PrometheusConfig {
  readonly plugin: 'prometheus'
  readonly address: string
  readonly runtimeMetrics: boolean
}

export interface ConsolidateRule {
  readonly periodMs: number
  readonly pattern: string
  readonly level: 'debug' | 'info' | 'warning' | 'error'
  readonly showFirst: boolean
}

export interface ErrorsConfig {
  readonly plugin: 'errors'
  readonly stacktrace: boolean
  readonly consolidate: readonly ConsolidateRule[]
}

export type ResponseClass = 'success' | 'denial' | 'error' | 'all'

export interface LogRule {
  /** Lower-case FQDN the rule applies below. */
  readonly name: string
  readonly format: string
  readonly classes: readonly ResponseClass[]
}

export interface LogConfig {
  readonly plugin: 'log'
  readonly rules: readonly LogRule[]
}

export interface LoadbalanceConfig {
  readonly plugin: 'loadbalance'
  readonly policy: 'round_robin'
}

export interface WhoamiConfig {
  readonly plugin: 'whoami'
}

/** The plugins that see a query, in CoreDNS' plugin order. */
export type HandlerConfig =
  | PrometheusConfig
  | ErrorsConfig
  | LogConfig
  | LoadbalanceConfig
  | MulticlusterConfig
  | WhoamiConfig

/** One server block after every directive was set up. Its keys share this one chain. */
export interface BlockConfig {
  readonly handlers: readonly HandlerConfig[]
  /** `bufsize N`: the largest EDNS size taken from a client, in bytes. */
  readonly bufsize?: number
  readonly debug: boolean
  readonly ready?: ReadyConfig
}

export interface ReadyConfig {
  readonly address: string
  readonly monitor: 'until-ready' | 'continuously'
}

export interface HealthConfig {
  readonly address: string
  readonly lameduckMs: number
}

/** The server blocks that share one socket address (CoreDNS' "server"). */
export interface ListenGroup {
  /** '' = all addresses, IPv4 and IPv6; else an IP address without brackets. */
  readonly address: string
  readonly port: number
  /** Sockets and threads: `multisocket N`; without it a thread for each processor, at most 4. */
  readonly sockets: number
  /** Each zone (lower-case FQDN) and the index of its block in `Config.blocks`. */
  readonly zones: readonly { readonly zone: string; readonly block: number }[]
}

export interface ReloadConfig {
  readonly intervalMs: number
  readonly jitterMs: number
}

export interface Config {
  readonly blocks: readonly BlockConfig[]
  readonly groups: readonly ListenGroup[]
  readonly health: readonly HealthConfig[]
  readonly reload?: ReloadConfig
  /** SHA-512 (hex) over the parsed tokens with their files and lines, as `reload` compares it. */
  readonly hash: string
  /** Lines for the log in CoreDNS' words, without the "[WARNING] " in front. */
  readonly warnings: readonly string[]
}

/** CoreDNS' name of a server in metrics and messages: "dns://:53", "dns://10.0.0.1:53", "dns://[::1]:53". */
export function serverName(group: Pick<ListenGroup, 'address' | 'port'>): string {
  return `dns://${hostPort(group.address, group.port)}`
}

/** Go's net.JoinHostPort. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
