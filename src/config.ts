// The configuration that `plugins/set-up.ts` reads from a Corefile. It is plain data, without functions and class
// instances, because it crosses to the answering threads by structured clone.

/** One directive of a server block after its setup. Each plugin adds fields of its own. */
export interface PluginConfig {
  /** The directive's name. */
  readonly plugin: string
}

/** What directives set for their whole block. The server reads settings independently of the plugin that set them. */
export interface BlockSettings {
  /** IP addresses to listen on; undefined = all addresses. */
  readonly addresses?: readonly string[]
  /** The folder in which relative file names of directives begin, as written; undefined = the working directory. */
  readonly root?: string
  /** The number of sockets and threads for each address; undefined = one for each processor, at most 4. */
  readonly sockets?: number
  /** The largest EDNS size that a client can request, in bytes; undefined = 65,535. */
  readonly maxOptSize?: number
  /** True: each answer starts with another record of the A or AAAA RRset. */
  readonly rotateAddresses?: boolean
  /** True: positive answers have no authority and no additional records. */
  readonly answersOnly?: boolean
  /** True: queries of the block are resolved by the upstream thread (`Link.upstream`). */
  readonly asksUpstreams?: boolean
  /** True: queries of other classes than IN reach the plugins, too. */
  readonly servesOtherClasses?: boolean
  /** True: they reach a plugin that changes the class of some; without `servesOtherClasses`, it refuses the others. */
  readonly changesOtherClasses?: boolean
  /** The limits of TCP connections to the addresses of the block. */
  readonly tcp?: TcpSettings
  /** True: debug lines are logged, and an unexpected exception ends the process. */
  readonly debug?: boolean
  /** True: the log line of a recovered exception carries its stack trace. */
  readonly stacktrace?: boolean
}

/** Limits of a TCP connection; undefined = the default. Times are in milliseconds. */
export interface TcpSettings {
  /** Until its first query must have arrived. */
  readonly readMs?: number
  /** Until the client must have taken a reply; by default `idleMs` limits this, too. */
  readonly writeMs?: number
  /** Between two queries. */
  readonly idleMs?: number
  /** Queries, behind which it is closed; Infinity = any number, which is the default. */
  readonly maxQueries?: number
}

/** One server block after the setup of its directives. All its keys share the chain. */
export interface BlockConfig {
  /** In plugin order. */
  readonly directives: readonly PluginConfig[]
  readonly settings: BlockSettings
}

/** The server blocks that share one listen address (a "server" in CoreDNS). */
export interface ListenGroup {
  /** '' = all IPv4 and IPv6 addresses; else an IP address without brackets. */
  readonly address: string
  readonly port: number
  /** The number of sockets and threads: `BlockSettings.sockets` of the first block of the group. */
  readonly sockets: number
  /** Of several blocks with one value, the last one counts. */
  readonly tcp?: TcpSettings
  /** Each zone (lower-case FQDN) and the index of its block in `Config.blocks`. */
  readonly zones: readonly { readonly zone: string; readonly block: number }[]
}

/** A complete configuration. */
export interface Config {
  readonly blocks: readonly BlockConfig[]
  readonly groups: readonly ListenGroup[]
  /** SHA-512 (hex) over the parsed tokens with their files and lines, as `reload` compares it. */
  readonly hash: string
  /** Log lines with CoreDNS' texts, without the prefix "[WARNING] ". */
  readonly warnings: readonly string[]
}

/** The name of a server in CoreDNS' metrics and messages: "dns://:53", "dns://10.0.0.1:53", "dns://[::1]:53". */
export function serverName(group: Pick<ListenGroup, 'address' | 'port'>): string {
  return `dns://${hostPort(group.address, group.port)}`
}

/** "HOST:PORT", with brackets around an IPv6 address, like Go's net.JoinHostPort. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
