// What a Corefile means, as plain data: the result of `plugins/load.ts`. It crosses to the answering threads by
// structured clone, so it holds no functions and no class instances.

/** One directive of a server block after its setup. Each plugin adds fields of its own. */
export interface PluginConfig {
  /** The directive's name. */
  readonly plugin: string
}

/** What directives set for their whole block. Plugins give these; the server reads them without knowing whose they are. */
export interface BlockSettings {
  /** IP addresses to listen on; undefined = all addresses. */
  readonly addresses?: readonly string[]
  /** Sockets and threads for each address; undefined = one for each processor, at most 4. */
  readonly sockets?: number
  /** The largest EDNS size taken from a client, in bytes; undefined = 65,535. */
  readonly maxOptSize?: number
  /** True: A and AAAA sets start with another record each time. */
  readonly rotateAddresses?: boolean
  /** True: debug lines are logged, and an unexpected exception ends the process. */
  readonly debug?: boolean
  /** True: the log line of a recovered exception carries its stack trace. */
  readonly stacktrace?: boolean
}

/** One server block after the setup of its directives. Its keys share this one chain. */
export interface BlockConfig {
  /** In plugin order. */
  readonly directives: readonly PluginConfig[]
  readonly settings: BlockSettings
}

/** The server blocks that share one socket address (CoreDNS' "server"). */
export interface ListenGroup {
  /** '' = all addresses, IPv4 and IPv6; else an IP address without brackets. */
  readonly address: string
  readonly port: number
  /** Sockets and threads: `BlockSettings.sockets` of the first block of the group. */
  readonly sockets: number
  /** Each zone (lower-case FQDN) and the index of its block in `Config.blocks`. */
  readonly zones: readonly { readonly zone: string; readonly block: number }[]
}

export interface Config {
  readonly blocks: readonly BlockConfig[]
  readonly groups: readonly ListenGroup[]
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
